/**
 * A bundle and a runtime → functions that read text and find what stands out. Runs in browsers and in Node; everything that it
 * knows of the models it has from the manifest.
 */
import type { ManifestModel, RecognizerModel } from '../manifest/models.js';
import type { TensorSpec, Variant } from '../manifest/parts.js';
import type { Manifest, PageRules } from '../manifest/schema.js';
import { viewOf } from './ctc.js';
import { findPageLines, type PageInput } from './find-page-lines.js';
import { imageTensor, mapFor, mirrored, otsu, segmentTensors, squash } from './find-saliency.js';
import { toGrey } from './image.js';
import { lineInput, lineScores, lineText, toReading } from './read-line.js';
import { readPage, stopwatch } from './read-page.js';
import { readTogether } from './read-together.js';
import type { ReadTogether } from './second-look.js';
import { type Spelling, spellingOf } from './spelling.js';
import { type Segments, segment } from './superpixels.js';
import {
  BundleReaderError,
  type BundleRuntime,
  type BundleSession,
  type FoundLine,
  type LineReading,
  type PageReading,
  type Picture,
  type Plane,
  type SaliencyResult,
  type Tensor,
} from './types.js';

export * from './types.js';

/** The bytes of one of the manifest's files, by its path. */
export type LoadFile = (path: string) => Promise<Uint8Array>;

export interface OpenBundleOptions {
  /** Which of a model's variants to open; the first of format "onnx" when not given. */
  readonly choose?: (model: ManifestModel) => Variant | undefined;
  /** Feed the saliency network no superpixels: faster, and as accurate as the manifest says. */
  readonly withoutSegments?: boolean;
}

export interface BundleReader {
  /** @throws BundleReaderError where the bundle has no detector or no recognizer */
  readPage(picture: Picture): Promise<PageReading>;
  /** The picture is one line. */
  readLine(picture: Picture): Promise<LineReading>;
  /** Lines without their text. */
  findLines(picture: Picture): Promise<FoundLine[]>;
  findSaliency(picture: Picture): Promise<SaliencyResult>;
  /** Opens the models of a task ahead of their first use: "page" is detector and recognizer. */
  warm(task: 'page' | 'line' | 'saliency'): Promise<void>;
  dispose(): Promise<void>;
}

/** Models are opened when first needed. Give it a manifest that was validated (`bundle verify`) or that you trust. */
export function openBundle(
  manifest: Manifest,
  loadFile: LoadFile,
  runtime: BundleRuntime,
  options: OpenBundleOptions = {},
): BundleReader {
  const opened = new Map<string, Promise<OpenModel>>();
  let spelling: Promise<Spelling> | undefined;
  const open = <T extends ManifestModel['task']>(task: T) => {
    const model = manifest.models.find((each) => each.task === task);
    if (!model)
      throw new BundleReaderError(`Expected a model for ${task} in bundle ${manifest.id} but found none.`);
    let session = opened.get(task);
    if (!session) {
      session = openModel(model, loadFile, runtime, options);
      opened.set(task, session);
      session.catch(() => opened.delete(task));
    }
    return session as Promise<OpenModel<Extract<ManifestModel, { task: T }>>>;
  };

  const openSpelling = ({ postprocessing: { spelling: rules } }: RecognizerModel) => {
    spelling ??= loadFile(rules.path).then((bytes) => spellingOf(bytes, rules));
    spelling.catch(() => {
      spelling = undefined;
    });
    return spelling;
  };
  const look = async (crop: Plane, whole?: Plane) => {
    const { model, session, input, output } = await open('text-recognition');
    const image = input('image');
    const width = image.shape[image.layout.indexOf('W')] ?? undefined;
    const line = lineInput(crop, model, width, whole);
    const results = await session.run({ [image.name]: oneChannel(image, line) });
    return { model, line, logits: results[output('logits').name]!, spelling: await openSpelling(model) };
  };
  const read = async (crop: Plane): Promise<LineReading> => {
    const { model, line, logits, spelling } = await look(crop);
    return lineText(logits, line, crop.width, model, spelling);
  };
  const together = async (
    crops: readonly Plane[],
    whole: Plane | undefined,
    { together }: PageRules['secondLook'],
  ) => {
    const looks: Awaited<ReturnType<typeof look>>[] = [];
    for (const crop of crops) looks.push(await look(crop, whole));
    const { model, spelling } = looks[0]!;
    const letters = [...model.postprocessing.charset];
    const views = looks.map(({ line, logits }) => viewOf(lineScores(logits, line, model), model, letters));
    const found = readTogether(views, together, letters, spelling);
    if (!found) return undefined;
    const placed = views[found.view]!.place(found.text);
    const { line } = looks[found.view]!;
    return { reading: toReading(placed, line, crops[found.view]!.width, model), crop: found.view };
  };
  const find = async (page: Plane): Promise<FoundLine[]> => {
    const { model, session, input, output } = await open('text-detection');
    return findPageLines(page, model, async (copy: PageInput) => {
      const results = await session.run({ [input('image').name]: oneChannel(input('image'), copy) });
      return { core: results[output('core').name]!, geometry: results[output('geometry').name]! };
    });
  };

  return {
    readLine: (picture) => read(toGrey(picture)),
    findLines: (picture) => find(toGrey(picture)),
    async readPage(picture) {
      if (!manifest.page)
        throw new BundleReaderError(`Expected a detector and a recognizer in bundle ${manifest.id}.`);
      const { page } = manifest;
      const readTogether: ReadTogether = (crops, line) => together(crops, line, page.secondLook);
      return readPage(toGrey(picture), page, { find, read, readTogether });
    },
    async findSaliency(picture) {
      const { model, session, input, output } = await open('saliency');
      const { preprocessing: rules, postprocessing } = model;
      const { width: side, height: rows } = rules.resize;
      const clock = stopwatch();
      const rgb = squash(picture, rules);
      const scales =
        rules.segments && !options.withoutSegments ? segment(rgb, side, rows, rules.segments) : [];
      const segments = clock();
      const see = async (pixels: Uint8Array, labels: readonly Segments[]): Promise<Float32Array> => {
        const image = input('image');
        const layout = image.layout === 'NHWC' ? 'NHWC' : 'NCHW';
        const feeds: Record<string, Tensor> = { [image.name]: imageTensor(pixels, rules, layout) };
        if (rules.segments)
          for (const [role, tensor] of Object.entries(segmentTensors(labels, rules, rules.segments)))
            feeds[input(role).name] = tensor;
        return (await session.run(feeds))[output('saliency').name]!.data;
      };
      let found = await see(rgb, scales);
      if (rules.mirror) {
        const turned = scales.map(({ labels, count }) => ({ labels: mirrored(labels, side), count }));
        const other = mirrored(await see(mirrored(rgb, side, 3), turned), side);
        found = found.map((p, i) => (p + other[i]!) / 2);
      }
      const infer = clock();
      const map = mapFor(picture, found, rules.resize);
      const threshold = otsu(map, postprocessing.threshold);
      const { width, height } = picture;
      return { width, height, map, threshold, timings: { segments, infer, resize: clock() } };
    },
    async warm(task) {
      if (task === 'saliency') await open('saliency');
      else
        await Promise.all([
          open('text-recognition').then(({ model }) => openSpelling(model)),
          ...(task === 'page' ? [open('text-detection')] : []),
        ]);
    },
    async dispose() {
      const models = await Promise.allSettled(opened.values());
      opened.clear();
      for (const model of models) if (model.status === 'fulfilled') await model.value.session.dispose?.();
    },
  };
}

interface OpenModel<M extends ManifestModel = ManifestModel> {
  readonly model: M;
  readonly session: BundleSession;
  input(role: string): TensorSpec;
  output(role: string): TensorSpec;
}

async function openModel(
  model: ManifestModel,
  loadFile: LoadFile,
  runtime: BundleRuntime,
  { choose }: OpenBundleOptions,
): Promise<OpenModel> {
  const variant = choose ? choose(model) : model.variants.find(({ format }) => format === 'onnx');
  if (!variant)
    throw new BundleReaderError(`Expected a variant of model ${model.name} that this runtime takes.`);
  const [first, ...others] = variant.files;
  const more = new Map<string, Uint8Array>();
  for (const path of others) more.set(path, await loadFile(path));
  const by = (list: readonly TensorSpec[]) => (role: string) => {
    const found = list.find((tensor) => tensor.role === role);
    if (!found)
      throw new BundleReaderError(`Expected a tensor "${role}" of model ${model.name} but found none.`);
    return found;
  };
  const session = await runtime.createSession(await loadFile(first!), more);
  return { model, session, input: by(variant.inputs), output: by(variant.outputs) };
}

/** One channel: either layout holds the same numbers. */
function oneChannel(
  { layout }: TensorSpec,
  { data, width, height }: { data: Float32Array; width: number; height: number },
): Tensor {
  return { data, dims: layout === 'NHWC' ? [1, height, width, 1] : [1, 1, height, width] };
}
