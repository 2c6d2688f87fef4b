/** The shipped models as they are deployed, and inputs for them from the sample pictures. */
import { join } from 'node:path';
import { decodePicture } from '../../../apps/files/decode-picture.js';
import { loadGray } from '../../../apps/train/load-gray.js';
import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import type { CompressionTask, Feeds } from '../../../compression/pass.js';
import { quantize } from '../../../compression/quantize/quantize.js';
import type { GrayImage } from '../../../models/base/image.js';
import { packageRoot } from '../../../models/base/paths.js';
import { openDetector } from '../../../models/detector/open-detector.js';
import { preparePage } from '../../../models/detector/preprocess.js';
import type { Graph } from '../../../models/graph/ir.js';
import { loadGraph } from '../../../models/graph/serialize.js';
import { type RecognizerConfig, recognizerConfigSchema } from '../../../models/recognizer/config.js';
import { stackLines } from '../../../models/recognizer/open-recognizer.js';
import { prepareLine } from '../../../models/recognizer/preprocess.js';
import { modelFolder } from '../../../models/runtime/model-folder.js';
import { cropQuad } from '../../../models/runtime/rectify.js';
import { type SaliencyConfig, saliencyConfigSchema } from '../../../models/saliency/config.js';
import { deployedSaliency } from '../../../models/saliency/deployed-graph.js';
import { saliencyInputShapes } from '../../../models/saliency/network.js';
import { networkInput } from '../../../models/saliency/network-input.js';
import { segmentFeeds } from '../../../models/saliency/segment-feeds.js';
import { type Feed, transposeFeed } from './onnx/parity.js';

export const SHIPPED = ['recognizer', 'detector', 'saliency'] as const;
export type ShippedName = (typeof SHIPPED)[number];

type ModelFeeds = Readonly<Record<string, Feed>>;

export interface ShippedModel {
  readonly name: ShippedName;
  /** Batch normalisation folded. */
  readonly float: Graph;
  /** By the pass "quantize" as it is by default. */
  readonly int8: Graph;
  /** One or two, of different sizes where the model takes such; none of them was used to find ranges. */
  readonly feeds: readonly ModelFeeds[];
  /** As many as there are. */
  readonly allFeeds: readonly ModelFeeds[];
}

const sample = (file: string) => join(packageRoot(), 'samples', file);

export async function shippedModel(name: ShippedName): Promise<ShippedModel> {
  const trained = await loadGraph(join(modelFolder(name), 'model.safetensors'));
  const deployed = name === 'saliency' ? deployedSaliency(trained) : trained;
  const float = foldBatchNorm(deployed).graph;
  const { calibration, judged } = await INPUTS[name](float.meta.config);
  const task: CompressionTask = {
    inputShapes: {},
    calibration: async () => calibration as readonly Feeds[],
    evaluate: async () => ({ quality: 0, metrics: {} }),
  };
  const { graph: int8 } = await quantize({}).apply(float, { task, seed: 1 });
  return { name, float, int8, feeds: judged.slice(0, 2), allFeeds: judged };
}

interface Inputs {
  readonly calibration: readonly ModelFeeds[];
  readonly judged: readonly ModelFeeds[];
}

const INPUTS: Readonly<Record<ShippedName, (config: unknown) => Promise<Inputs>>> = {
  async recognizer(config) {
    const parsed = recognizerConfigSchema.parse(config);
    const detector = await openDetector(modelFolder('detector'));
    try {
      const lines: ModelFeeds[] = [];
      for (const file of ['receipt.jpg', 'screenshot.png', 'selftest.png']) {
        const page = await loadGray(sample(file));
        for (const { quad } of await detector.detect(page))
          lines.push(lineFeed(cropQuad(page, quad), parsed));
      }
      return split(lines);
    } finally {
      await detector.dispose();
    }
  },
  async detector() {
    const feeds: ModelFeeds[] = [];
    for (const [file, side] of [
      ['scanned-page.png', 480],
      ['receipt.jpg', 416],
      ['screenshot.png', 480],
      ['sign.jpg', 352],
    ] as const) {
      const page = await loadGray(sample(file));
      const { data, width, height } = preparePage(page, side / Math.max(page.width, page.height));
      feeds.push({ image: { shape: [1, height, width, 1], data } });
    }
    return split(feeds);
  },
  async saliency(config) {
    const parsed = saliencyConfigSchema.parse(config);
    const feeds = [];
    for (const file of ['coffee.jpg', 'dog.jpg']) feeds.push(await pictureFeeds(file, parsed));
    return split(feeds);
  },
};

/** Ranges are found with so many. */
const CALIBRATION = 8;

/** Every second one finds the ranges, the others are judged. */
function split(all: readonly ModelFeeds[]): Inputs {
  const calibration = all.filter((_, i) => i % 2 === 0).slice(0, CALIBRATION);
  return { calibration, judged: all.filter((_, i) => i % 2 === 1) };
}

function lineFeed(crop: GrayImage, { preprocessing }: RecognizerConfig): ModelFeeds {
  const { height } = preprocessing;
  const { data, width } = stackLines([prepareLine(crop, preprocessing)], height, 16);
  return { image: { shape: [1, height, width, 1], data } };
}

async function pictureFeeds(file: string, config: SaliencyConfig): Promise<ModelFeeds> {
  const { side, segment } = config;
  const { data, pixels } = networkInput(await decodePicture({ path: sample(file) }), side);
  const shapes = saliencyInputShapes(config);
  const matrices = segment ? segmentFeeds(pixels, segment.counts) : undefined;
  const image = transposeFeed({ shape: [1, 3, side, side], data }, [0, 2, 3, 1]);
  if (!matrices) return { image };
  const of = (id: 'pool' | 'neighbours' | 'paint') => ({ shape: shapes[id]!, data: matrices[id] });
  return { image, pool: of('pool'), neighbours: of('neighbours'), paint: of('paint') };
}
