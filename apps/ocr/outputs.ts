/** Decides, before anything is read, where each result goes. */
import { join } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import { type Input, outputNames } from '../files/inputs.js';
import { inputGuard, isFolder } from '../files/output-place.js';
import { FORMAT_NAMES, FORMATS, type FormatName, formatOfPath } from './formats/formats.js';

/** One output file, or standard output (`-`), in one format. */
export interface Target {
  readonly format: FormatName;
  readonly path: string;
}

export interface OutputPlan {
  /** For each input, in their order, the files of its own. */
  readonly own: readonly (readonly Target[])[];
  /** The files (or standard output) that hold all inputs. */
  readonly shared: readonly Target[];
  /** A name for each input's other files, without an ending. */
  readonly names: readonly string[];
}

/**
 * - no `output`, or `-`: everything to standard output, in one format;
 * - a folder (it exists, ends in a slash, or several files are due and its name tells no format): a file for each input
 *   and format;
 * - else a file, or one beside it for each format; with several inputs it holds them all, one after the other.
 * @throws usage
 */
export async function planOutputs(
  inputs: readonly Input[],
  formats: readonly FormatName[],
  output: string | undefined,
): Promise<OutputPlan> {
  const names = outputNames(inputs);
  const own = inputs.map(() => []);
  if (output === undefined || output === '-') {
    if (formats.length > 1)
      throw usage(
        `Expected one format for standard output but received ${formats.join(', ')}.`,
        'Name a folder with -o.',
      );
    return { own, shared: [{ format: formats[0] ?? 'text', path: '-' }], names };
  }
  const known = formatOfPath(output);
  const check = inputGuard(inputs);
  if (await isFolder(output, !known && (inputs.length > 1 || formats.length > 1))) {
    const chosen: readonly FormatName[] = formats.length > 0 ? formats : ['text'];
    const files = names.map((name) =>
      chosen.map((format) => ({ format, path: join(output, name + FORMATS[format].suffixes[0]) })),
    );
    for (const { path } of files.flat()) check(path);
    return { own: files, shared: [], names };
  }
  const shared = sharedFiles(output, known, formats);
  for (const { path } of shared) check(path);
  return { own, shared, names };
}

function sharedFiles(
  output: string,
  known: FormatName | undefined,
  formats: readonly FormatName[],
): Target[] {
  if (formats.length > 1) {
    if (!known)
      throw usage(
        `Expected a folder, or a name with the ending of a format, for ${formats.length} formats but received ${output}.`,
        'Name a folder with -o FOLDER/.',
      );
    const suffix = FORMATS[known].suffixes.find((each) => output.toLowerCase().endsWith(each))!;
    const base = output.slice(0, -suffix.length);
    return formats.map((format) => ({
      format,
      path: format === known ? output : base + FORMATS[format].suffixes[0],
    }));
  }
  const format = formats[0] ?? known;
  if (!format && /\.[A-Za-z]\w{0,7}$/.test(output)) {
    const endings = FORMAT_NAMES.map((name) => FORMATS[name].suffixes[0]).join(', ');
    throw usage(
      `Expected an ending that tells the format for ${output}.`,
      `End the name in ${endings}, or choose a format with --format.`,
    );
  }
  return [{ format: format ?? 'text', path: output }];
}

const usage = (message: string, remedy: string) => new PocketlensError('usage', message, { remedy });
