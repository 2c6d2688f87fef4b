/** Decides, before anything is read, where each result goes and in which kind of file. */
import { join } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import type { ImageKind } from '../files/image-kind.js';
import { type Input, outputNames } from '../files/inputs.js';
import { isFolder } from '../files/output-place.js';
import { FORMAT_SUFFIXES, formatOfSuffix, type ImageFormat } from './encode.js';
import { OUTPUT_KINDS, type OutputKind } from './make-output.js';

/** What can be asked for. */
export const OUTPUTS = [...OUTPUT_KINDS, 'json'] as const;
export type Output = OutputKind | 'json';

export interface OutputRequest {
  /** Default: json where the file's name says so, else map. */
  readonly output?: Output;
  /** Default: by the file's name; without one, as `formatFor` says. */
  readonly format?: ImageFormat;
  /** A file, a folder or `-`; standard output when not given. */
  readonly path?: string;
}

export interface OutputPlan {
  readonly output: Output;
  /** undefined where the input's own kind of file decides. */
  readonly format: ImageFormat | undefined;
  /** For each input its own file without an ending; absent where all go to `shared`. */
  readonly own?: readonly string[];
  /** A file or `-`: one picture, or the JSON of all inputs. */
  readonly shared?: string;
  /** JSON of one line an image. */
  readonly inLines?: boolean;
}

/** @throws usage */
export async function planOutputs(inputs: readonly Input[], request: OutputRequest): Promise<OutputPlan> {
  const { path = '-' } = request;
  const known = path === '-' ? undefined : knownSuffix(path);
  const output = request.output ?? (known === 'json' ? 'json' : 'map');
  if (output === 'json' && request.format)
    throw usage('Expected no --format with --output json.', 'Leave one of them out.');
  const isMany = inputs.length > 1;
  if (path !== '-' && (await isFolder(path, isMany && !known))) {
    const own = outputNames(inputs).map((name) => join(path, name));
    return { output, format: request.format, own };
  }
  if (output === 'json') {
    if (known && known !== 'json')
      throw usage(`Expected a name that ends in .json for --output json.`, 'For example -o subject.json.');
    if (isMany && /\.json$/i.test(path))
      throw usage(
        `Expected a name that ends in .jsonl for the JSON of ${inputs.length} images, a line each, but received ${path}.`,
        'Or name a folder with -o FOLDER/.',
      );
    return { output, format: undefined, shared: path, inLines: isMany || /\.jsonl$/i.test(path) };
  }
  if (isMany)
    throw usage(
      `Expected a folder for the pictures of ${inputs.length} images but received ${path === '-' ? 'standard output' : path}.`,
      'Name one with -o FOLDER/.',
    );
  if (known === 'json')
    throw usage(`Expected a picture's name for --output ${output} but received ${path}.`, 'See --format.');
  if (path !== '-' && !known && !request.format && /\.[A-Za-z]\w{0,7}$/.test(path)) {
    const endings = Object.values(FORMAT_SUFFIXES).map(([first]) => first);
    throw usage(
      `Expected an ending that tells the format for ${path}.`,
      `End the name in ${endings.join(', ')}, or choose a format with --format.`,
    );
  }
  return { output, format: request.format ?? known, shared: path };
}

function knownSuffix(path: string): ImageFormat | 'json' | undefined {
  return /\.jsonl?$/i.test(path) ? 'json' : formatOfSuffix(path);
}

/**
 * The kind of file for a picture whose format nobody chose. Maps and masks: PNG, which keeps them exactly. The others
 * follow the input (a JPEG gives a JPEG), but what has transparency is never put into a format that has none.
 */
export function formatFor(output: OutputKind, input: ImageKind, isOpaque: boolean): ImageFormat {
  if (output === 'map' || output === 'mask') return 'png';
  if (input === 'webp' || input === 'avif') return input;
  return input === 'jpeg' && isOpaque ? 'jpeg' : 'png';
}

const usage = (message: string, remedy: string) => new PocketlensError('usage', message, { remedy });
