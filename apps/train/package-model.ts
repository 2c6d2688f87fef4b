/** Turns a run's weights into a model folder: folded, exported, measured on all dev sets, described by its card. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { foldBatchNorm } from '../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../compression/export/onnx/export-onnx.js';
import { PocketlensError } from '../../models/base/errors.js';
import { detectorConfigSchema } from '../../models/detector/config.js';
import { costOf } from '../../models/graph/cost.js';
import type { Graph } from '../../models/graph/ir.js';
import { loadGraph } from '../../models/graph/serialize.js';
import { recognizerConfigSchema } from '../../models/recognizer/config.js';
import type { ModelCard } from '../../models/runtime/model-card.js';
import { saliencyConfigSchema } from '../../models/saliency/config.js';
import { deployedSaliency } from '../../models/saliency/deployed-graph.js';
import { atConfiguredSide, saliencyInputShapes } from '../../models/saliency/network.js';
import { type RunState, readRunState } from '../../models/training/checkpoint.js';
import { deployDetector, detectionFigures } from './detector-run.js';
import { devFigures } from './read-set.js';
import { deployGraph } from './recognizer-run.js';
import { saliencyFigures } from './saliency-figures.js';
import { exportSaliency, judgedSaliency } from './saliency-run.js';
import { type ModelFolderContent, writeModelFolder } from './write-model-folder.js';

export interface PackageOptions {
  /** Semantic version of the weights. */
  readonly version: string;
  /** Which of the run's graphs: the last, or the best on the dev sample seen while training. */
  readonly weights: 'latest' | 'best';
  /** Real data sets the run saw, for the card. */
  readonly data: readonly string[];
  /** Minutes and steps of the runs that this one started from. */
  readonly minutesBefore: number;
  readonly stepsBefore: number;
}

/** Of the runs whose state does not tell: the configurations' own default. */
const DEFAULT_SEED = 1;

type Draft = ModelFolderContent['card'];
type TaskCard = Omit<Draft, 'version' | 'licence' | 'training'>;

/** By the graph's name. */
const CARDS: Readonly<Record<string, (graph: Graph) => Promise<TaskCard>>> = {
  detector: detectorCard,
  saliency: saliencyCard,
};

/** @param run folder of a training run. @param folder model folder to write. */
export async function packageModel(run: string, folder: string, options: PackageOptions): Promise<ModelCard> {
  const trained = await loadGraph(join(run, `${options.weights}.safetensors`));
  const graph = trained.name === 'saliency' ? atConfiguredSide(trained) : trained;
  const state = await readRunState(run);
  if (!state) {
    throw new PocketlensError('input_not_found', `Expected a checkpoint in ${run} but found none.`, {
      remedy: 'Name the folder of a training run.',
    });
  }
  const common = {
    version: options.version,
    licence: 'Apache-2.0',
    training: trainingOf(state, options),
  };
  const card = await (CARDS[graph.name] ?? recognizerCard)(graph);
  const onnxBytes =
    graph.name === 'saliency' ? exportSaliency(graph) : exportOnnx(foldBatchNorm(graph).graph);
  return writeModelFolder(folder, { graph, onnxBytes, card: { ...card, ...common } });
}

/** What the card says of how the weights were trained. */
export function trainingOf(
  state: RunState,
  options: Pick<PackageOptions, 'data' | 'minutesBefore' | 'stepsBefore'>,
): Draft['training'] {
  return {
    seed: state.seed ?? DEFAULT_SEED,
    steps: state.step + options.stepsBefore,
    minutes: Math.round(state.minutes + options.minutesBefore),
    data: [...options.data],
  };
}

async function recognizerCard(graph: Graph): Promise<TaskCard> {
  const config = recognizerConfigSchema.parse(graph.meta.config);
  const recognizer = await deployGraph(graph, 2);
  const metrics = grouped(await devFigures(recognizer));
  await recognizer.dispose();
  const { charset, preprocessing } = config;
  const at = [1, preprocessing.height, 320, 1];
  return {
    name: 'recognizer',
    task: 'recognizer',
    summary: 'Reads one line of Latin print, typescript or sign lettering from a grey crop.',
    limitations: [
      'Handwriting and vertical or strongly curved lettering are not read.',
      'Latin script only.',
    ],
    format: { precision: 'float32' },
    config: JSON.parse(JSON.stringify(config)),
    charset,
    preprocessing: { colour: 'grey', width: null, multipleOf: 32, ...preprocessing },
    postprocessing: { type: 'ctc', blank: [...charset].length, subframes: config.subframes },
    metrics,
    size: { macs: costOf(graph, { image: at }).macs, macsAt: at },
  };
}

async function detectorCard(graph: Graph): Promise<TaskCard> {
  const config = detectorConfigSchema.parse(graph.meta.config);
  const detector = await deployDetector(graph, 2);
  const metrics = grouped(await detectionFigures(detector, [], 1));
  await detector.dispose();
  const at = [1, 1760, 1248, 1];
  return {
    name: 'detector',
    task: 'detector',
    summary: 'Finds lines of text in a grey page or photograph and gives an oriented box for each.',
    limitations: ['Lines lower than about 5 pixels at the working size are missed.'],
    format: { precision: 'float32' },
    config: JSON.parse(JSON.stringify(config)),
    preprocessing: { colour: 'grey', height: null, width: null, multipleOf: 32 },
    postprocessing: { type: 'line-cores' },
    metrics,
    size: { macs: costOf(graph, { image: at }).macs, macsAt: at },
  };
}

async function saliencyCard(graph: Graph): Promise<TaskCard> {
  const config = saliencyConfigSchema.parse(graph.meta.config);
  const metrics = grouped(await saliencyFigures(judgedSaliency(graph), 1));
  const { side } = config;
  const at = [1, side, side, 3];
  return {
    name: 'saliency',
    task: 'saliency',
    summary: 'Finds what stands out in a photograph: a map of probabilities, and one of its outline.',
    limitations: [
      'Scenes without one clear subject give uncertain maps.',
      'Hairs and parts thinner than about a hundredth of the picture are lost.',
    ],
    format: {
      precision: 'float32',
      meanings: {
        image: 'RGB value / 127.5 - 1',
        pool: 'share of a segment in a cell at stride 8',
        neighbours: "share of a segment's border with another",
        paint: 'share of a cell at stride 4 that a segment covers, over the number of scales',
        saliency: 'probabilities',
        contour: 'probabilities',
      },
    },
    config: JSON.parse(JSON.stringify(config)),
    preprocessing: { colour: 'rgb', height: side, width: side, multipleOf: 32, resize: 'squash' },
    postprocessing: { type: 'probability-map' },
    metrics,
    size: { macs: costOf(deployedSaliency(graph), saliencyInputShapes(config)).macs, macsAt: at },
    thirdParty: [
      {
        name: 'MobileNetV2 1.0, trained on ImageNet (the backbone started from it)',
        licence: 'Apache-2.0',
        source: 'github.com/google-coral/test_data',
      },
    ],
  };
}

/** "set.metric" figures (in %) as the card holds them: set → metric → share. */
export function grouped(figures: Readonly<Record<string, number>>): ModelCard['metrics'] {
  const metrics: Record<string, Record<string, number>> = {};
  for (const [key, value] of Object.entries(figures)) {
    const dot = key.lastIndexOf('.');
    const set = `dev/${dot < 0 ? 'mean' : key.slice(0, dot)}`;
    metrics[set] = { ...metrics[set], [key.slice(dot + 1)]: Number((value / 100).toFixed(6)) };
  }
  return metrics;
}

/** Version of the weights shipped at present, one patch higher; 0.1.0 where there are none. */
export async function nextVersion(folder: string): Promise<string> {
  try {
    const { version } = JSON.parse(await readFile(join(folder, 'card.json'), 'utf8')) as { version: string };
    const [major, minor, patch] = version.split('.').map(Number);
    return `${major}.${minor}.${(patch ?? 0) + 1}`;
  } catch {
    return '0.1.0';
  }
}
