/** The manifest of a bundle whose files are all there and unchanged. */
import { createHash } from 'node:crypto';
import { MANIFEST_SCHEMA_VERSION, type Manifest, manifestSchema } from '../manifest/schema.js';
import { neededFiles } from '../reader/needed-files.js';
import { type BundleFiles, damaged, invalid } from './bundle-files.js';

const MANIFEST = 'manifest.json';
const SUMS = 'SHA256SUMS';

/**
 * Checks every byte against SHA256SUMS, then what the manifest says against the files.
 * @throws model_integrity_failed naming a file that is changed or missing; invalid_model_bundle naming a path that should
 *   not be there, or a field that is wrong
 */
export async function readManifest(files: BundleFiles): Promise<Manifest> {
  for (const path of [SUMS, MANIFEST]) if (!files.paths.includes(path)) throw damaged(path, 'it is missing');
  const sums = parseSums(await files.read(SUMS));
  for (const path of sums.keys()) if (!files.paths.includes(path)) throw damaged(path, 'it is missing');
  const sizes = new Map<string, number>();
  for (const path of files.paths) {
    if (path === SUMS) continue;
    const expected = sums.get(path);
    if (expected === undefined)
      throw invalid(`Expected no file "${path}": ${SUMS} does not list it.`, { path });
    const bytes = await files.read(path);
    sizes.set(path, bytes.length);
    if (createHash('sha256').update(bytes).digest('hex') !== expected)
      throw damaged(path, 'its bytes are others than were built');
  }
  const manifest = parseManifest(await files.read(MANIFEST));
  checkFiles(manifest, sums, sizes);
  checkReferences(manifest);
  return manifest;
}

function parseSums(bytes: Uint8Array): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    if (line === '') continue;
    const [, hash, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (!hash || !path || sums.has(path)) throw damaged(SUMS, 'it has a line that is no hash and path');
    sums.set(path, hash);
  }
  return sums;
}

/** @throws invalid_model_bundle */
export function parseManifest(bytes: Uint8Array): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid(`Expected JSON in ${MANIFEST} but it does not parse.`);
  }
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version > MANIFEST_SCHEMA_VERSION)
    throw invalid(
      `Expected a manifest of version ${MANIFEST_SCHEMA_VERSION} or lower but received version ${version}.`,
      { version },
      'Update Pocketlens: the bundle is newer than it.',
    );
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue!.path.map(String).join('.') || 'the whole';
  throw invalid(`Expected a valid ${MANIFEST} but ${field}: ${issue!.message}.`, { field });
}

function checkFiles(
  { files }: Manifest,
  sums: ReadonlyMap<string, string>,
  sizes: ReadonlyMap<string, number>,
): void {
  for (const [path, { bytes, sha256 }] of Object.entries(files)) {
    if (!sums.has(path)) throw damaged(path, 'it is missing');
    if (sums.get(path) !== sha256 || sizes.get(path) !== bytes)
      throw invalid(`Expected one hash and size of "${path}" but ${MANIFEST} and ${SUMS} differ.`, { path });
  }
  for (const path of sums.keys())
    if (path !== MANIFEST && !Object.hasOwn(files, path))
      throw invalid(`Expected no file "${path}": ${MANIFEST} does not list it.`, { path });
}

/** Every path that the manifest names is one of its files. */
function checkReferences({ models, files }: Manifest): void {
  for (const model of models) {
    const { name, variants, goldens, card } = model;
    const tensors = goldens.flatMap(({ inputs, outputs }) => [
      ...Object.values(inputs),
      ...Object.values(outputs),
    ]);
    const paths = [
      card,
      ...variants.flatMap((variant) => neededFiles(model, variant)),
      ...goldens.flatMap(({ picture, expected }) => [picture, expected]),
      ...tensors.map(({ path }) => path),
    ];
    for (const path of paths)
      if (!Object.hasOwn(files, path))
        throw invalid(`Expected a file "${path}" for model ${name} but the manifest lists none.`, { path });
    for (const { path, dtype, shape } of tensors) {
      const bytes = shape.reduce((a, b) => a * b, { uint8: 1, uint16: 2, float32: 4 }[dtype]);
      if (files[path]!.bytes !== bytes)
        throw invalid(`Expected ${bytes} bytes for tensor "${path}" but received ${files[path]!.bytes}.`, {
          path,
        });
    }
  }
}
