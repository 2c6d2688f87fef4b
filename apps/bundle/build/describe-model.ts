/** A model's entry in the manifest, and the files that belong to it. */

import { PocketlensError } from '../../../models/base/errors.js';
import type { ManifestModel } from '../manifest/models.js';
import type { Variant } from '../manifest/parts.js';
import { sha256 } from './documents.js';
import type { Figures } from './figures.js';
import { buildGolden } from './goldens.js';
import { cardMetrics, costShapes, type ModelSource, openModelSource } from './model-source.js';
import { detectorRules, recognizerRules, saliencyRules } from './rules.js';
import { buildVariant, channelsFirst, type Format, onnxBytes, type Precision } from './variants.js';

export interface DescribedModel {
  readonly model: ManifestModel;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface DescribeOptions {
  readonly formats: readonly Format[];
  readonly precisions: readonly Precision[];
  readonly figures: Figures;
  readonly python?: string;
  readonly onFile?: (path: string) => void;
  /** What was left out, and why. */
  readonly onNote?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** @param folder of the model's card */
export async function describeModel(folder: string, options: DescribeOptions): Promise<DescribedModel> {
  const source = await openModelSource(folder);
  const { card } = source;
  const files = new Map<string, Uint8Array>();
  const variants: Variant[] = [];
  for (const format of options.formats)
    for (const precision of options.precisions) {
      options.signal?.throwIfAborted();
      const built = await buildVariant(source, format, precision, options).catch((error) => {
        // Without the converter the ONNX file serves.
        if (format !== 'ort' || !(error instanceof PocketlensError) || error.code !== 'tool_missing')
          throw error;
        if (!options.formats.includes('onnx')) throw error;
        options.onNote?.(error.toLine());
      });
      if (!built) continue;
      variants.push(built.variant);
      for (const [path, bytes] of built.files) {
        files.set(path, bytes);
        options.onFile?.(path);
      }
    }
  const latency = variants.flatMap(
    ({ files: [first] }) => options.figures.variants[sha256(files.get(first!)!)]?.latency ?? [],
  );
  const cardPath = `cards/${card.name}.json`;
  files.set(cardPath, new TextEncoder().encode(`${JSON.stringify(card, null, 2)}\n`));
  const silenced = options.figures.variants[sha256(source.deployed)]?.silenced ?? {};
  const common = {
    name: card.name,
    version: card.version,
    summary: card.summary,
    limitations: card.limitations,
    variants,
    metrics: await metricsOf(source, options),
    latency,
    energy: await energyOf(source, options.precisions),
    size: card.size,
    goldens: [],
    card: cardPath,
    licence: card.licence,
    thirdParty: card.thirdParty,
    provenance: {
      weights: card.files.weights?.sha256 ?? card.files.model!.sha256,
      compression:
        source.isQuantized && options.precisions.includes('int8') ? { int8: card.compression } : {},
      training: card.training,
    },
  };
  const model = withRules(common, card.task, card.config, silenced);
  const golden = await buildGolden(model, await onnxBytes(source, 'float32'));
  for (const [path, bytes] of golden.files) files.set(path, bytes);
  return { model: { ...model, goldens: [golden.golden] }, files };
}

type Common = Omit<ManifestModel, 'task' | 'preprocessing' | 'postprocessing'>;

function withRules(
  common: Common,
  task: string,
  config: unknown,
  silenced: NonNullable<Figures['variants'][string]['silenced']>,
): ManifestModel {
  if (task === 'recognizer') return { task: 'text-recognition', ...common, ...recognizerRules(config) };
  if (task === 'detector') return { task: 'text-detection', ...common, ...detectorRules(config) };
  return { task: 'saliency', ...common, ...saliencyRules(config, silenced) };
}

/** The card's, and what was measured apart, on the ONNX files. */
async function metricsOf(
  source: ModelSource,
  { precisions, figures }: DescribeOptions,
): Promise<ManifestModel['metrics']> {
  const metrics: ManifestModel['metrics'] = {};
  for (const precision of precisions) {
    const measured = async () => figures.variants[sha256(await onnxBytes(source, precision))]?.metrics;
    const found = cardMetrics(source, precision) ?? (await measured());
    if (found) metrics[precision] = found;
  }
  return metrics;
}

async function energyOf(
  source: ModelSource,
  precisions: readonly Precision[],
): Promise<ManifestModel['energy']> {
  const shapes = await costShapes(source);
  if (!shapes) return {};
  const [{ measureGraph }, { HOROWITZ_45NM }] = await Promise.all([
    import('../../../compression/measure/measure.js'),
    import('../../../compression/measure/energy.js'),
  ]);
  const energy: ManifestModel['energy'] = {};
  // Weights of 16 bits are computed with in 32.
  for (const precision of precisions.filter((each) => each !== 'float16')) {
    const graph = precision === 'int8' ? await source.int8() : await source.float();
    const { energy: found } = measureGraph(graph, shapes);
    const round = (value: number) => Number(value.toPrecision(4));
    energy[precision] = {
      model: HOROWITZ_45NM.name,
      shape: channelsFirst(shapes[graph.inputs[0]!.id]!),
      microjoules: round(found.total),
      arithmetic: round(found.arithmetic),
      weights: round(found.weights),
      activations: round(found.activations),
    };
  }
  return energy;
}
