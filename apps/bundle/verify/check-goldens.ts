/** Golden cases on a runtime: stored inputs through the model, and the picture the whole way through the reader. */
import type { ManifestModel } from '../manifest/models.js';
import type { Golden, GoldenTensor, Variant } from '../manifest/parts.js';
import type { Manifest } from '../manifest/schema.js';
import { toGrey } from '../reader/image.js';
import { area, commonArea } from '../reader/line-box.js';
import { type BundleReader, openBundle } from '../reader/open-bundle.js';
import type { FoundLine, Picture, Quad, Tensor } from '../reader/types.js';
import { invalid } from './bundle-files.js';
import { EXPECTED, readExpected } from './expected-results.js';
import { firstLine } from './first-line.js';
import type { VerifierRuntime, VerifierSession } from './runtimes/runtime.js';

export interface GoldenResult {
  /** Role → mean absolute difference over the largest absolute value. */
  readonly differences: Readonly<Record<string, number>>;
  /** What the whole way gave that it should not have, or undefined. */
  readonly wrong: string | undefined;
}

export type ReadFile = (path: string) => Promise<Uint8Array>;

/** Stored numbers as they are meant. */
export async function readGoldenTensor(spec: GoldenTensor, read: ReadFile): Promise<Tensor> {
  const bytes = (await read(spec.path)).slice();
  const codes = new { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array }[spec.dtype](
    bytes.buffer,
  );
  return { data: Float32Array.from(codes, (code) => code * spec.scale + spec.offset), dims: spec.shape };
}

export async function runGolden(
  golden: Golden,
  variant: Variant,
  session: VerifierSession,
  read: ReadFile,
): Promise<GoldenResult['differences']> {
  const feeds: Record<string, Tensor> = {};
  for (const { role, name, layout } of variant.inputs)
    feeds[name] = toLayout(await readGoldenTensor(tensorOf(golden, 'inputs', role), read), layout);
  const results = await session.run(feeds);
  const differences: Record<string, number> = {};
  for (const { role, name, layout } of variant.outputs) {
    const wanted = toLayout(await readGoldenTensor(tensorOf(golden, 'outputs', role), read), layout).data;
    differences[role] = difference(results[name]?.data, wanted);
  }
  return differences;
}

/** A role that is passed over would be a role that is not checked. */
function tensorOf(golden: Golden, side: 'inputs' | 'outputs', role: string): GoldenTensor {
  const spec = golden[side][role];
  if (spec) return spec;
  throw invalid(`Expected the tensor "${role}" among the ${side} of golden "${golden.name}" but found none.`);
}

function difference(actual: Float32Array | undefined, wanted: Float32Array): number {
  if (!actual || actual.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let [sum, most] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    sum += Math.abs(actual[i]! - wanted[i]!);
    most = Math.max(most, Math.abs(wanted[i]!));
  }
  const share = sum / wanted.length / Math.max(most, 1e-9);
  return Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
}

/** Goldens hold images as NCHW. */
function toLayout({ data, dims }: Tensor, layout: string): Tensor {
  if (layout !== 'NHWC') return { data, dims };
  const [n, c, h, w] = dims as [number, number, number, number];
  const out = new Float32Array(data.length);
  for (let k = 0, i = 0; k < n * c; k++)
    for (let p = 0; p < h * w; p++, i++) out[(Math.floor(k / c) * h * w + p) * c + (k % c)] = data[i]!;
  return { data: out, dims: [n, h, w, c] };
}

/** The picture the whole way, by the reader. @returns what it gives that it should not, or undefined */
export async function runPicture(
  manifest: Manifest,
  model: ManifestModel,
  golden: Golden,
  variant: Variant,
  runtime: VerifierRuntime,
  read: ReadFile,
): Promise<string | undefined> {
  const reader = openBundle(manifest, read, runtime, { choose: () => variant });
  try {
    const picture = await readPng(golden.picture, read);
    const allowed = golden.tolerance[variant.precision] ?? 0;
    if (model.task === 'text-recognition') {
      const { text } = await readExpected(golden, EXPECTED.text, read);
      return await wrongText(reader, picture, text, allowed);
    }
    if (model.task === 'text-detection') {
      const { lines } = await readExpected(golden, EXPECTED.lines, read);
      return await wrongLines(reader, picture, lines, allowed);
    }
    const { map } = await readExpected(golden, EXPECTED.map, read);
    const folder = golden.expected.slice(0, golden.expected.lastIndexOf('/') + 1);
    return await wrongMap(reader, picture, toGrey(await readPng(folder + map, read)), allowed);
  } finally {
    await reader.dispose();
  }
}

async function wrongText(reader: BundleReader, picture: Picture, wanted: string, allowed: number) {
  const { text } = await reader.readLine(picture);
  const changed = editDistance([...text], [...wanted]);
  return changed <= allowed * [...wanted].length ? undefined : `it reads "${text}" for "${wanted}"`;
}

async function wrongLines(
  reader: BundleReader,
  picture: Picture,
  wanted: readonly FoundLine[],
  allowed: number,
) {
  const found = await reader.findLines(picture);
  if (found.length !== wanted.length) return `it finds ${found.length} lines for ${wanted.length}`;
  // Boxes of 16 pixels height, off by half a pixel.
  const least = 1 - Math.max(0.02, 4 * allowed);
  const lost = wanted.findIndex(({ quad }) => found.every((line) => overlap(line.quad, quad) < least));
  return lost < 0 ? undefined : `line ${lost + 1} lies elsewhere`;
}

function overlap(a: Quad, b: Quad): number {
  const shared = commonArea(a, b);
  return shared / (Math.abs(area(a)) + Math.abs(area(b)) - shared);
}

async function wrongMap(reader: BundleReader, picture: Picture, wanted: Picture, allowed: number) {
  const { map } = await reader.findSaliency(picture);
  if (map.length !== wanted.data.length) return `its map has ${map.length} pixels for ${wanted.data.length}`;
  const sum = map.reduce((total, value, i) => total + Math.abs(value - wanted.data[i]!), 0);
  const mean = sum / map.length / 255;
  // Both are rounded to 8 bits.
  return mean <= Math.max(allowed, 0.002) ? undefined : `its map is off by ${mean.toFixed(4)} on average`;
}

function editDistance(a: readonly string[], b: readonly string[]): number {
  let row = b.map((_, j) => j + 1);
  a.forEach((letter, i) => {
    let [left, corner] = [i + 1, i];
    row = row.map((above, j) => {
      const best = Math.min(left + 1, above + 1, corner + (letter === b[j] ? 0 : 1));
      [left, corner] = [best, above];
      return best;
    });
  });
  return row.at(-1) ?? a.length;
}

async function readPng(path: string, read: ReadFile): Promise<Picture> {
  const png = await read(path);
  const { default: sharp } = await import('sharp');
  try {
    const { data, info } = await sharp(png).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8Array(data) };
  } catch (cause) {
    throw invalid(`Expected a picture in "${path}" but decoding it failed: ${firstLine(cause)}.`, { path });
  }
}
