/** The saliency sets that a command measures on. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { expected, PocketlensError } from '../../../models/base/errors.js';
import { findDataFolder } from '../../../models/base/paths.js';
import { isSaliencyFolder } from '../scoring/saliency/labelled-set.js';

export interface NamedSaliencySet {
  readonly id: string;
  readonly folder: string;
}

export interface SaliencySelection {
  /** A set's folder (images/ and masks/), a folder of such, or the data folder; POCKETLENS_DATA, else ./data, when not given. */
  readonly data?: string;
  /** Names of sets, or folders. All sets when not given. */
  readonly names?: readonly string[];
}

/** The usual order; others follow by name. */
const ORDER = ['ecssd', 'pascal-s', 'duts-te'];

/** @throws data_missing, invalid_argument */
export function selectSaliencySets({ data, names }: SaliencySelection = {}): NamedSaliencySet[] {
  if (!names?.length) return findSets(data);
  const known = names.every(isSaliencyFolder) ? [] : findSets(data);
  const chosen = names.map((name): NamedSaliencySet => {
    const found = known.find(({ id }) => id === name);
    if (found) return found;
    if (isSaliencyFolder(name)) return setOf(name);
    throw expected('invalid_argument', 'a set, or a folder of images/ and masks/', '--set', name, {
      remedy: `Sets: ${known.map(({ id }) => id).join(', ') || 'none'}.`,
    });
  });
  return chosen.filter((set, i) => chosen.findIndex(({ folder }) => folder === set.folder) === i);
}

function findSets(data: string | undefined): NamedSaliencySet[] {
  const folder = data ?? findDataFolder();
  if (folder !== undefined) {
    if (isSaliencyFolder(folder)) return [setOf(folder)];
    const dev = join(folder, 'saliency', 'dev');
    const sets = setsBelow(existsSync(dev) ? dev : folder);
    if (sets.length > 0) return sets;
  }
  const where = data === undefined ? 'saliency/dev of the data sets' : data;
  throw new PocketlensError(
    'data_missing',
    `Expected folders of images/ and masks/ below ${where} but found none.`,
    { remedy: 'Name a folder of images/ and masks/ by --data, or the data sets by POCKETLENS_DATA.' },
  );
}

function setsBelow(parent: string): NamedSaliencySet[] {
  if (!statSync(parent, { throwIfNoEntry: false })?.isDirectory()) return [];
  const rank = ({ id }: NamedSaliencySet) => (ORDER.includes(id) ? ORDER.indexOf(id) : ORDER.length);
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter(isSaliencyFolder)
    .map(setOf)
    .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
}

function setOf(folder: string): NamedSaliencySet {
  return { id: basename(resolve(folder)), folder };
}
