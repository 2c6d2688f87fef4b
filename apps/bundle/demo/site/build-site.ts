/** Assembles the page, a bundle and ONNX Runtime into one folder of static files. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expected, PocketlensError } from '../../../../models/base/errors.js';
import { packageRoot } from '../../../../models/base/paths.js';
import { checkFolderPlace, type FolderMark, writeFolderWhole } from '../../../files/write-folder.js';
import { neededFiles } from '../../reader/needed-files.js';
import { openBundleFiles } from '../../verify/bundle-files.js';
import { readManifest } from '../../verify/read-manifest.js';
import { SITE_LIST, type SiteFile, type SiteList } from '../offline/site-list.js';

export interface BuildSiteOptions {
  /** Folder or zip file of a bundle. */
  readonly bundle: string;
  /** Folder to write: a new or empty one, or one that was written by this before. */
  readonly target: string;
}

export interface Site {
  readonly folder: string;
  /** All files together. */
  readonly bytes: number;
  readonly files: number;
}

const SERVICE_WORKER = 'service-worker.js';
/** Before the list of the site's files, at the head of the service worker. */
const START = `self.${SITE_LIST}=`;
/** Of the folders that were written by this. */
const MARK: FolderMark = { file: SERVICE_WORKER, isOurs: (content) => content.startsWith(START) };
/** What the two workers open; see `../worker`. */
const RUNTIME_FILES = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'].flatMap((stem) => [
  `${stem}.mjs`,
  `${stem}.wasm`,
]);

/**
 * The folder appears whole or not at all. Same inputs, same bytes.
 * @throws output_unwritable, invalid_argument for a bundle without ONNX, and what reading a damaged bundle throws
 */
export async function buildSite({ bundle, target }: BuildSiteOptions): Promise<Site> {
  const folder = resolve(target);
  await checkFolderPlace(folder, MARK, 'the site');
  const files = new Map<string, Uint8Array>([
    ...(await pageFiles()),
    ...(await runtimeFiles()),
    ...(await bundleFiles(bundle)),
  ]);
  const worker = files.get(SERVICE_WORKER);
  files.delete(SERVICE_WORKER);
  if (!worker)
    throw new PocketlensError(
      'internal',
      `Expected ${SERVICE_WORKER} among the page's files but found none.`,
    );
  const list: SiteList = { files: Object.fromEntries([...files].sort(byPath).map(describe)) };
  const start = `${START}${JSON.stringify(list)};\n`;
  files.set(SERVICE_WORKER, Buffer.concat([Buffer.from(start), worker]));
  await writeFolderWhole(folder, files);
  const bytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  return { folder, bytes, files: files.size };
}

const byPath = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function describe([path, content]: readonly [string, Uint8Array]): [string, SiteFile] {
  const isPage = !/^(bundle|ort)\/|^worker-/.test(path);
  return [path, { bytes: content.length, sha256: sha256(content), isPage }];
}

async function pageFiles(): Promise<[string, Uint8Array][]> {
  const folder = join(packageRoot(), 'dist', 'apps', 'bundle', 'demo', 'public');
  if (!existsSync(folder))
    throw new PocketlensError('internal', `Expected the built page in ${folder} but found none.`, {
      remedy: 'Run `npm run build`.',
    });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry): Promise<[string, Uint8Array]> => {
        const path = join(entry.parentPath, entry.name);
        return [relative(folder, path).split(sep).join('/'), await readFile(path)];
      }),
  );
}

async function runtimeFiles(): Promise<[string, Uint8Array][]> {
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));
  } catch (cause) {
    throw new PocketlensError(
      'engine_missing',
      'Expected the package onnxruntime-web but it is not installed.',
      {
        remedy: 'Run `npm ci` in a checkout.',
        cause,
      },
    );
  }
  return Promise.all(
    RUNTIME_FILES.map(
      async (name): Promise<[string, Uint8Array]> => [`ort/${name}`, await readFile(join(folder, name))],
    ),
  );
}

/** The manifest and the files of its ONNX variants. */
async function bundleFiles(path: string): Promise<[string, Uint8Array][]> {
  const bundle = await openBundleFiles(path);
  const manifest = await readManifest(bundle);
  const onnx = manifest.models.flatMap((model) =>
    model.variants.filter(({ format }) => format === 'onnx').map((variant) => ({ model, variant })),
  );
  if (onnx.length === 0)
    throw expected('invalid_argument', 'models of format "onnx"', `the bundle ${path}`, 'none', {
      remedy: 'Build it with --formats onnx.',
    });
  const paths = new Set(onnx.flatMap(({ model, variant }) => neededFiles(model, variant)));
  return Promise.all(
    ['manifest.json', ...paths].map(
      async (name): Promise<[string, Uint8Array]> => [`bundle/${name}`, await bundle.read(name)],
    ),
  );
}
