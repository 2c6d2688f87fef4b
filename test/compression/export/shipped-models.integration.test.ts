/** The shipped models in every format and precision compute, in the formats' own runtimes, what their graphs compute. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { levenshtein } from '../../../apps/train/scoring/levenshtein.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { convertAllToOrt } from '../../../compression/export/ort/convert-to-ort.js';
import { exportTfjs } from '../../../compression/export/tfjs/export-tfjs.js';
import { exportTflite } from '../../../compression/export/tflite/export-tflite.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import type { Graph } from '../../../models/graph/ir.js';
import { Charset } from '../../../models/recognizer/charset.js';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import { decodeGreedy } from '../../../models/recognizer/decode.js';
import { FrameProbabilities } from '../../../models/recognizer/frame-probabilities.js';
import { WITHOUT_PYTHON } from '../python.js';
import { type Feed, runInTfjs, runOnnx } from './onnx/parity.js';
import { SHIPPED, type ShippedModel, type ShippedName, shippedModel } from './shipped-models.js';
import { runGraphModel } from './tfjs/graph-model.js';
import { runInLiteRt } from './tflite/litert.js';

const FORMATS = ['onnx', 'ort', 'tflite', 'tfjs'] as const;
type Format = (typeof FORMATS)[number];
const isRun = (format: Format) => !WITHOUT_PYTHON || format === 'onnx' || format === 'tfjs';
const PRECISIONS = ['float32', 'float16', 'int8'] as const;
type Precision = (typeof PRECISIONS)[number];

/** Of the largest output, or of 1: scores reach ±500, where float32 has steps of 3e-5. */
const TOLERANCES = { float32: 1e-4, float16: 5e-3 } as const;
/** Share of decisions (characters, pixels of text or of the subject) that integers may change. */
const MOST_CHANGED = 0.02;

const models = new Map<ShippedName, ShippedModel>();
const graphOf = (name: ShippedName, precision: Precision): Graph =>
  precision === 'int8' ? models.get(name)!.int8 : models.get(name)!.float;
const runsOf = (name: ShippedName, precision: Precision) =>
  precision === 'int8' ? models.get(name)!.allFeeds : models.get(name)!.feeds;
const key = (name: ShippedName, precision: Precision) => `${name} ${precision}`;
const all = SHIPPED.flatMap((name) => PRECISIONS.map((precision) => ({ name, precision })));
const onnxPrecision = (precision: Precision) => (precision === 'float16' ? precision : 'float32');

/** Results of what runs in Python, by model and precision: one process for all. */
const liteRt = new Map<string, Feed[][] | string>();
const ortFiles = new Map<string, Uint8Array>();

beforeAll(async () => {
  await loadEngine({ quiet: true });
  for (const name of SHIPPED) models.set(name, await shippedModel(name));
  if (WITHOUT_PYTHON) return;
  const results = await runInLiteRt(
    all.map(({ name, precision }) => {
      const graph = graphOf(name, precision);
      return {
        model: exportTflite(graph, { precision }),
        outputs: graph.outputs,
        runs: runsOf(name, precision),
      };
    }),
  );
  all.forEach(({ name, precision }, i) => {
    liteRt.set(key(name, precision), results[i]!);
  });
  const onnx = all.map(({ name, precision }) =>
    exportOnnx(graphOf(name, precision), { precision: onnxPrecision(precision) }),
  );
  const files = await convertAllToOrt(onnx);
  all.forEach(({ name, precision }, i) => {
    ortFiles.set(key(name, precision), files[i]!);
  });
}, 240_000);

async function resultsOf(format: Format, name: ShippedName, precision: Precision): Promise<Feed[][]> {
  const graph = graphOf(name, precision);
  const runs = runsOf(name, precision);
  if (format === 'tflite') {
    const results = liteRt.get(key(name, precision))!;
    if (typeof results === 'string') throw new Error(results);
    return results;
  }
  if (format === 'tfjs') {
    const { files } = exportTfjs(graph, { precision });
    return runGraphModel(files, graph.outputs, runs);
  }
  const file =
    format === 'ort'
      ? ortFiles.get(key(name, precision))!
      : exportOnnx(graph, { precision: onnxPrecision(precision) });
  const results: Feed[][] = [];
  for (const feeds of runs) results.push(await runOnnx(file, graph, feeds));
  return results;
}

/** Printed at the end: how near the limits are. */
const figures: string[] = [];
afterAll(() => console.log(figures.join('\n')));

const computed = new Map<string, Feed[][]>();

/** What a graph itself gives, the quantized one of all inputs. */
function graphResults(name: ShippedName, graph: 'float' | 'int8'): Feed[][] {
  const model = models.get(name)!;
  const inputs = graph === 'int8' ? model.allFeeds : model.feeds;
  const results = computed.get(`${graph} ${name}`) ?? inputs.map((feeds) => runInTfjs(model[graph], feeds));
  computed.set(`${graph} ${name}`, results);
  return results;
}

/** The float graph's of all inputs, in ONNX Runtime, which needs no time to get used to a new width. */
async function floatResults(name: ShippedName): Promise<Feed[][]> {
  const { float, allFeeds } = models.get(name)!;
  let results = computed.get(`all ${name}`);
  if (!results) {
    const file = exportOnnx(float);
    results = [];
    for (const inputs of allFeeds) results.push(await runOnnx(file, float, inputs));
    computed.set(`all ${name}`, results);
  }
  return results;
}

describe.each(SHIPPED)('the shipped %s', (name) => {
  describe.each(['float32', 'float16'] as const)('in %s', (precision) => {
    it.each(FORMATS.filter(isRun))('computes as its graph does, as %s', async (format) => {
      const results = await resultsOf(format, name, precision);
      expect(results).toHaveLength(models.get(name)!.feeds.length);
      const differences = graphResults(name, 'float').flatMap((outputs, run) =>
        outputs.map((output, i) => relativeDifference(output, results[run]![i]!)),
      );
      const worst = Math.max(...differences);
      figures.push(`${name} ${format} ${precision}: ${worst.toExponential(1)}`);
      expect(worst).toBeLessThanOrEqual(TOLERANCES[precision]);
    });
  });

  // Of text it is the float graph that counts; maps are held to their quantized graph, whose own loss is the quantizer's.
  const whose = name === 'recognizer' ? 'float' : 'quantized';
  it.each(FORMATS.filter(isRun))(`decides in int8 as its ${whose} graph does, as %s`, async (format) => {
    const results = await resultsOf(format, name, 'int8');
    const wanted = whose === 'float' ? await floatResults(name) : graphResults(name, 'int8');
    let changed = 0;
    let decisions = 0;
    wanted.forEach((outputs, run) => {
      const one = DECISIONS[name](outputs[0]!, results[run]![0]!, models.get(name)!.float);
      changed += one.changed;
      decisions += one.of;
    });
    figures.push(`${name} ${format} int8: ${((100 * changed) / decisions).toFixed(2)} % decided otherwise`);
    expect(decisions).toBeGreaterThan(400);
    expect(changed / decisions).toBeLessThanOrEqual(MOST_CHANGED);
  });
});

type Decide = (wanted: Feed, actual: Feed, graph: Graph) => { readonly changed: number; readonly of: number };

/** Pixels on either side of a threshold. */
const pixels =
  (threshold: number): Decide =>
  (wanted, actual) => {
    const changed = wanted.data.reduce(
      (sum, value, i) => sum + Number(value > threshold !== actual.data[i]! > threshold),
      0,
    );
    return { changed, of: wanted.data.length };
  };

const DECISIONS: Readonly<Record<ShippedName, Decide>> = {
  recognizer(wanted, actual, graph) {
    const [one, other] = [wanted, actual].map((scores) => textOf(scores, graph));
    return { changed: levenshtein(other!, one!), of: one!.length };
  },
  detector: pixels(0),
  saliency: pixels(0.5),
};

function textOf({ data, shape }: Feed, graph: Graph): string {
  const { characters } = new Charset(recognizerConfigSchema.parse(graph.meta.config).charset);
  const [, frames, classes] = shape as [number, number, number];
  const decoded = decodeGreedy(new FrameProbabilities({ data, frames, classes }));
  return decoded.map(({ classIndex }) => characters[classIndex]).join('');
}

function relativeDifference(wanted: Feed, actual: Feed): number {
  if (wanted.shape.join() !== actual.shape.join()) return Number.POSITIVE_INFINITY;
  let [worst, largest] = [0, 1];
  wanted.data.forEach((value, i) => {
    const difference = Math.abs(value - actual.data[i]!);
    worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    largest = Math.max(largest, Math.abs(value));
  });
  return worst / largest;
}
