/** The labelled sets of a data folder that a command measures on. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expected, PocketlensError } from '../../../models/base/errors.js';
import { findDataFolder } from '../../../models/base/paths.js';
import { DEV_SETS } from '../read-set.js';
import { type LabelledSet, loadLabels } from '../scoring/labels.js';

export type SetKind = LabelledSet['kind'];
export const SET_KINDS = ['lines', 'words', 'pages'] as const satisfies readonly SetKind[];

export interface NamedSet {
  /** `lines/scribeocr`, or the path of a folder that was named itself. */
  readonly id: string;
  readonly folder: string;
  readonly kind: SetKind;
}

export interface SetSelection {
  /** The data folder; POCKETLENS_DATA, else ./data, when not given. */
  readonly data?: string;
  /** Kinds (`pages`), sets (`lines/sroie`, or `sroie` for all sets of the name), or folders. All sets when not given. */
  readonly names?: readonly string[];
}

/** Sets of `ocr/dev`, lines first. @throws data_missing, invalid_argument */
export function selectSets(kinds: readonly SetKind[], { data, names }: SetSelection = {}): NamedSet[] {
  if (!names?.length) return devSets(kinds, data);
  const known = names.every(isFolderOfLabels) ? [] : devSets(kinds, data);
  const chosen = names.flatMap((name) => {
    const found = known.filter(({ id, kind }) => id === name || kind === name || id.endsWith(`/${name}`));
    if (found.length) return found;
    if (isFolderOfLabels(name)) {
      const { kind } = loadLabels(name);
      if (kinds.includes(kind)) return [{ id: name, folder: name, kind }];
    }
    throw expected(
      'invalid_argument',
      `a folder of ${kinds.join(' or ')} with labels, or a set`,
      '--set',
      name,
      {
        remedy: `Sets: ${known.map(({ id }) => id).join(', ') || 'none'}.`,
      },
    );
  });
  return chosen.filter((set, i) => chosen.findIndex(({ folder }) => folder === set.folder) === i);
}

function isFolderOfLabels(name: string): boolean {
  if (!existsSync(name) || !statSync(name).isDirectory()) return false;
  return (
    name.includes('/') ||
    name.includes('\\') ||
    readdirSync(name).some((file) => file === 'labels.tsv' || /\.(json|gt\.txt)$/.test(file))
  );
}

function devSets(kinds: readonly SetKind[], data: string | undefined): NamedSet[] {
  const folder = data ?? findDataFolder();
  const dev = folder && join(folder, 'ocr', 'dev');
  if (!dev || !existsSync(dev)) {
    const where = data === undefined ? 'the data sets' : data;
    throw new PocketlensError('data_missing', `Expected ocr/dev below ${where} but found none.`, {
      remedy: 'Name the data folder by --data or POCKETLENS_DATA, or folders with labels by --set.',
    });
  }
  const order: readonly string[] = DEV_SETS;
  const rank = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length);
  return kinds.flatMap((kind) => {
    const parent = join(dev, kind);
    const names = existsSync(parent)
      ? readdirSync(parent, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [] : [entry.name]))
      : [];
    return names
      .map((name): NamedSet => ({ id: `${kind}/${name}`, folder: join(parent, name), kind }))
      .sort((a, b) => rank(a.id) - rank(b.id) || (a.id < b.id ? -1 : 1));
  });
}

/** The set, or so many of its samples, spread over all of it. */
export function limitSamples(set: LabelledSet, limit: number | undefined): LabelledSet {
  const { samples } = set;
  if (limit === undefined || samples.length <= limit) return set;
  const picked = Array.from({ length: limit }, (_, i) => samples[Math.floor((i * samples.length) / limit)]!);
  return { ...set, samples: picked };
}
