/// <reference lib="dom" />
/** The worker's conversation with the page: models opened when first needed, one request after the other. */
import type { ManifestModel } from '../../manifest/models.js';
import type { Manifest } from '../../manifest/schema.js';
import { neededFiles } from '../../reader/needed-files.js';
import { type BundleReader, BundleReaderError, type LoadFile, openBundle } from '../../reader/open-bundle.js';
import type { BundleRuntime, BundleSession, Picture } from '../../reader/types.js';
import type { Answer, EngineName, EngineState, Request, Result, Task, Timings } from '../protocol.js';
import { chooseVariant } from './choose-variant.js';
import { fileLoader, NotLoaded, transferredOf } from './load-file.js';
import { type Ort, ortRuntime, threadCount } from './runtime.js';

const PAGE = new URL('./', location.href).href;
const BUNDLE = 'bundle/';
const RUNTIME = 'ort/';
const TASKS: Readonly<Record<Task, readonly ManifestModel['task'][]>> = {
  text: ['text-detection', 'text-recognition'],
  subject: ['saliency'],
};

/** Workers' own `postMessage`; the library `dom` only knows that of windows. */
const tell = (answer: Answer, transfer: Transferable[] = []) =>
  (postMessage as (message: Answer, transfer: Transferable[]) => void)(answer, transfer);

/** @param stem of ONNX Runtime's files, `.mjs` and `.wasm` */
export function answerPage(ort: Ort, engine: EngineName, stem: string): void {
  const runtimeFiles = [`${RUNTIME}${stem}.mjs`, `${RUNTIME}${stem}.wasm`] as const;
  const [mjs, wasm] = runtimeFiles.map((path) => PAGE + path) as [string, string];
  const runtime = ortRuntime(ort, engine, { mjs, wasm });
  let models: Promise<Models> | undefined;
  let picture: { readonly number: number; readonly pixels: Picture | Error } | undefined;
  let isRuntimeTold = false;

  const opened = (): Promise<Models> => {
    models ??= openModels(engine, runtime, runtimeFiles);
    models.catch(() => {
      models = undefined;
    });
    return models;
  };
  const tellRuntime = () => {
    if (isRuntimeTold) return;
    isRuntimeTold = true;
    for (const path of [...runtimeFiles, `worker-${engine}.js`]) {
      const [entry] = performance.getEntriesByName(PAGE + path) as PerformanceResourceTiming[];
      if (entry)
        tell({
          type: 'loaded',
          file: {
            what: 'runtime',
            path,
            bytes: entry.decodedBodySize,
            transferred: transferredOf(PAGE + path),
          },
        });
    }
  };

  const answer = async (request: Request): Promise<void> => {
    if (request.type === 'open') {
      picture = { number: request.picture, pixels: pixelsOf(request.bitmap) };
      return;
    }
    const { id, task } = request;
    try {
      const started = performance.now();
      const { reader, state, expect } = await opened();
      expect(task);
      await reader(true).warm(task === 'text' ? 'page' : 'saliency');
      const took = performance.now() - started;
      tellRuntime();
      if (request.type === 'prepare') return tell({ type: 'prepared', id, state, took });
      if (picture?.number !== request.picture) throw new Unreadable('The picture was replaced by another.');
      if (picture.pixels instanceof Error) throw picture.pixels;
      const result = await find(reader(request.segments), picture.pixels, task, took);
      tell(
        { type: 'result', id, result, state },
        result.task === 'subject' ? [result.map.buffer as ArrayBuffer] : [],
      );
    } catch (error) {
      tell({ type: 'failed', id, failure: { message: messageOf(error), isEngine: !isOurs(error) } });
    }
  };

  // One after the other: they share the processor, and a picture must be there before it is read.
  let last: Promise<void> = Promise.resolve();
  self.onmessage = ({ data }: MessageEvent<Request>) => {
    last = last.then(() => answer(data));
  };
}

/** Of a picture that has no pixels to give. */
class Unreadable extends Error {}

const isOurs = (error: unknown) =>
  error instanceof NotLoaded || error instanceof BundleReaderError || error instanceof Unreadable;
const messageOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

async function find(reader: BundleReader, pixels: Picture, task: Task, waited: number): Promise<Result> {
  const opening: Timings = waited >= 1 ? [['Open models', waited]] : [];
  if (task === 'text') {
    const { text, lines, timings } = await reader.readPage(pixels);
    return {
      task,
      text,
      lines,
      timings: [
        ...opening,
        ['Detect lines', timings.detect],
        ['Recognise', timings.read],
        ['Lay out', timings.layout],
      ],
    };
  }
  const { width, height, map, threshold, timings } = await reader.findSaliency(pixels);
  return {
    task,
    width,
    height,
    map,
    threshold,
    timings: [
      ...opening,
      ['Superpixels', timings.segments],
      ['Network', timings.infer],
      ['Upsample', timings.resize],
    ],
  };
}

interface Models {
  readonly state: EngineState;
  /** @param segments with the segment stream, or the dense stream alone */
  reader(segments: boolean): BundleReader;
  /** Bytes of this task's models count towards what is being loaded from now on. */
  expect(task: Task): void;
}

async function openModels(
  engine: EngineName,
  runtime: BundleRuntime,
  runtimeFiles: readonly string[],
): Promise<Models> {
  let [loaded, total] = [0, 0];
  const load = fileLoader(PAGE + BUNDLE, PAGE, {
    onBytes(count) {
      loaded += count;
      if (total > 0) tell({ type: 'loading', loaded: Math.min(loaded, total), total });
    },
    onFile: (file) => tell({ type: 'loaded', file }),
  });
  const manifest = JSON.parse(new TextDecoder().decode(await load('manifest.json'))) as Manifest;
  loaded = 0;
  const chosen = (model: ManifestModel) => chooseVariant(model, engine);
  if (engine === 'webgpu' && manifest.models.every((model) => chosen(model)?.precision === 'int8'))
    throw new Error('this bundle has 8-bit models alone, which graphics processors run slowly');
  const filesOf = (model: ManifestModel) => neededFiles(model, chosen(model));

  // Both readers, with and without segments, share what is open.
  const bytes = new Map<string, Promise<Uint8Array>>();
  const sessions = new Map<Uint8Array, Promise<BundleSession>>();
  const loadOnce: LoadFile = (path) => remember(bytes, path, () => verified(manifest, path, load));
  const shared: BundleRuntime = {
    createSession: (model, more) => remember(sessions, model, () => runtime.createSession(model, more)),
  };
  const open = (withoutSegments: boolean) =>
    openBundle(manifest, loadOnce, shared, { choose: chosen, withoutSegments });
  const [whole, dense] = [open(false), open(true)];
  const asked = new Set<Task>();
  return {
    state: {
      engine,
      threads: threadCount(),
      models: Object.fromEntries(
        manifest.models.map((model) => [model.name, chosen(model)?.precision ?? 'none']),
      ),
      files: [
        ...runtimeFiles,
        `worker-${engine}.js`,
        `${BUNDLE}manifest.json`,
        ...manifest.models.flatMap(filesOf).map((path) => BUNDLE + path),
      ],
    },
    reader: (segments) => (segments ? whole : dense),
    expect(task) {
      if (asked.has(task)) return;
      asked.add(task);
      const wanted = manifest.models.filter((model) => TASKS[task].includes(model.task)).flatMap(filesOf);
      total += wanted.reduce((sum, path) => sum + (manifest.files[path]?.bytes ?? 0), 0);
    },
  };
}

/** @throws BundleReaderError where the bytes are not those of the manifest */
async function verified(manifest: Manifest, path: string, load: LoadFile): Promise<Uint8Array> {
  const bytes = await load(path);
  // Only secure pages may hash; elsewhere the connection itself proves nothing either.
  if (!globalThis.crypto?.subtle) return bytes;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const expected = manifest.files[path]?.sha256;
  if (hash !== expected)
    throw new BundleReaderError(
      `Expected SHA-256 ${String(expected).slice(0, 12)}… for ${path} but received ${hash.slice(0, 12)}….`,
    );
  return bytes;
}

/** What failed is tried anew. */
function remember<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  let value = map.get(key);
  if (!value) {
    value = make();
    map.set(key, value);
    value.catch(() => map.delete(key));
  }
  return value;
}

/** RGBA of the bitmap, which is closed. */
function pixelsOf(bitmap: ImageBitmap): Picture | Unreadable {
  const { width, height } = bitmap;
  try {
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) return new Unreadable('This browser gave no canvas to read the picture from.');
    context.drawImage(bitmap, 0, 0);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  } catch (cause) {
    return new Unreadable(`The pixels of ${width} × ${height} could not be read.`, { cause });
  } finally {
    bitmap.close();
  }
}
