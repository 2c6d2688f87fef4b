/** Turns what stands on the command line (files, patterns, folders, `-`, `@list`) into a list of images, in a stable order. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, parse } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import { IMAGE_KINDS_TEXT, IMAGE_SUFFIXES } from './image-kind.js';
import { asInputError, collect, type ImageSource } from './read-source.js';

export interface Input {
  readonly source: ImageSource;
  /** As results and messages name it: the path as given (below a folder: joined to it), or `-`. */
  readonly file: string;
  /** Path below the folder that was named, or the file's own name; outputs in a folder take their names from it. */
  readonly relative: string;
  /** The file that lists it. */
  readonly list?: string;
}

export interface InputOptions {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Limit of what is read from standard input. */
  readonly maxBytes: number;
}

/** Numbers in names count as numbers: page2 comes before page10, on every machine. */
const collator = new Intl.Collator('en', { numeric: true });
const byName = (a: string, b: string) => collator.compare(a, b) || (a < b ? -1 : 1);

/**
 * A path that does not exist is an input too: reading it fails with its own error, the others are read.
 * @throws input_not_found for an empty list or a folder without images, usage if standard input is named twice
 */
export async function expandInputs(args: readonly string[], options: InputOptions): Promise<Input[]> {
  let stdinTaken = false;
  const takeStdin = () => {
    if (stdinTaken)
      throw new PocketlensError('usage', 'Expected "-" (standard input) once but received it twice.');
    stdinTaken = true;
    return collect(options.stdin, '-', options.maxBytes);
  };
  const expand = async (word: string, isListed: boolean): Promise<Input[]> => {
    if (word === '-' && !isListed)
      return [{ source: { bytes: await takeStdin(), name: '-' }, file: '-', relative: 'stdin' }];
    if (word.startsWith('@') && !isListed) {
      const list = word === '@-' ? (await takeStdin()).toString('utf8') : await readList(word.slice(1));
      const lines = list.replace(/^\uFEFF/, '').split(/\r?\n/);
      const inputs: Input[] = [];
      for (const line of lines.filter((line) => line.trim() !== ''))
        for (const input of await expand(line, true))
          inputs.push(word === '@-' ? input : { ...input, list: word.slice(1) });
      if (inputs.length > 0) return inputs;
      throw new PocketlensError(
        'input_not_found',
        `Expected paths in the list ${word.slice(1)} but found none.`,
      );
    }
    const found = await stat(word).catch(() => undefined);
    if (!found && /[*?]/.test(basename(word))) {
      const matches = await matching(word);
      return (await Promise.all(matches.map((path) => expand(path, true)))).flat();
    }
    return found?.isDirectory()
      ? expandFolder(word)
      : [{ source: { path: word }, file: word, relative: basename(word) }];
  };
  const inputs: Input[] = [];
  for (const word of args) inputs.push(...(await expand(word, false)));
  return inputs;
}

/**
 * What a pattern with * and ? in its last part names, for shells that leave patterns to the program.
 * @throws input_not_found for no match
 */
async function matching(pattern: string): Promise<string[]> {
  const [folder, name] = [dirname(pattern), basename(pattern)];
  const source = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  const regex = new RegExp(`^${source}$`, 'su');
  const names = await readdir(folder).catch((error) => {
    throw asInputError(error, folder);
  });
  const found = names.filter((each) => regex.test(each) && (name.startsWith('.') || !each.startsWith('.')));
  if (found.length === 0)
    throw new PocketlensError('input_not_found', `Expected files that match ${pattern} but found none.`, {
      remedy: 'Check the path.',
    });
  return found.sort(byName).map((each) => join(folder, each));
}

async function readList(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw asInputError(error, path);
  }
}

/**
 * All images below a folder, by their endings. Hidden files and links to folders are passed over. A folder within it that
 * cannot be listed is an input too: reading it fails with its own error, the others are read.
 */
async function expandFolder(folder: string): Promise<Input[]> {
  const found: string[] = [];
  const walk = async (below: string): Promise<void> => {
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error) => {
      if (below === '') throw error;
      found.push(below);
      return [];
    });
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const path = join(below, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (IMAGE_SUFFIXES.has(extname(entry.name).toLowerCase())) found.push(path);
    }
  };
  try {
    await walk('');
  } catch (error) {
    throw asInputError(error, folder);
  }
  if (found.length === 0)
    throw new PocketlensError('input_not_found', `Expected images in the folder ${folder} but found none.`, {
      remedy: `It may hold ${IMAGE_KINDS_TEXT} files; name files with other endings one by one.`,
    });
  found.sort(byName);
  return found.map((relative) => {
    const file = join(folder, relative);
    return { source: { path: file }, file, relative };
  });
}

/**
 * A name for each input's outputs, without an ending and relative to the output folder. Plain stems where they differ;
 * where two are alike, with their endings; where these are alike too, with a number.
 */
export function outputNames(inputs: readonly Input[]): string[] {
  const stems = inputs.map(({ relative }) => {
    const { dir, name } = parse(relative);
    return join(dir, name);
  });
  const plain = counts(stems);
  const full = inputs.map(({ relative }, index) =>
    plain.get(key(stems[index]!))! > 1 ? relative : stems[index]!,
  );
  const seen = new Set<string>();
  return full.map((name) => {
    let unique = name;
    for (let number = 2; seen.has(key(unique)); number++) unique = `${name}-${number}`;
    seen.add(key(unique));
    return unique;
  });
}

/** Some file systems take A and a for the same. */
const key = (name: string) => name.toLowerCase();

function counts(names: readonly string[]): Map<string, number> {
  const map = new Map<string, number>();
  for (const name of names) map.set(key(name), (map.get(key(name)) ?? 0) + 1);
  return map;
}
