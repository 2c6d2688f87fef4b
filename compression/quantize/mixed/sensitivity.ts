/** How much it hurts to round the weights of one layer alone, by layer and width. */
import { createHash } from 'node:crypto';
import { PocketlensError } from '../../../models/base/errors.js';
import type { Graph, Param } from '../../../models/graph/ir.js';
import { encodeGraph } from '../../../models/graph/serialize.js';
import { openSession } from '../../../models/runtime/session.js';
import { calibrationFor } from '../../calibration.js';
import { exportOnnx } from '../../export/onnx/export-onnx.js';
import { type Feeds, type PassContext, requireTask } from '../../pass.js';
import { borderFeeds } from '../../run-feeds.js';
import { quantizeTensor, type WeightQuantizer } from '../quantize-tensor.js';
import type { WeightFormat } from '../training/weight-format.js';
import { DamageCache } from './damage-cache.js';

/**
 * output: squared error of the graph's outputs on calibration inputs over their squared size (−10 · log10 of it is the
 * ratio of signal to noise in dB); quality: points that `task.evaluate` loses, 0 where it gains; weights: squared error of
 * the weights over their squared size, needing no data.
 */
export const MEASURES = ['output', 'quality', 'weights'] as const;
export type Measure = (typeof MEASURES)[number];

export interface Rounded {
  readonly bits: WeightQuantizer['bits'];
  readonly param: Param;
  readonly damage: number;
}

/** The layer with each of the widths, in their order. */
export interface ScannedLayer {
  readonly format: WeightFormat;
  readonly choices: readonly Rounded[];
}

/** When it changes, what is cached is measured anew. */
const VERSION = 1;

/**
 * @param graph in float, batch normalisation folded. @param samples calibration inputs of the measure 'output'
 * @throws invalid_config where the measure needs data and there are none, interrupted
 */
export async function scanSensitivity(
  graph: Graph,
  formats: readonly WeightFormat[],
  widths: readonly WeightQuantizer['bits'][],
  measure: Measure,
  samples: number,
  context: PassContext,
): Promise<ScannedLayer[]> {
  const meter = await openMeter(graph, measure, samples, context);
  const layers: ScannedLayer[] = [];
  for (const [i, format] of formats.entries()) {
    const exact = graph.params.get(format.param)!;
    const choices: Rounded[] = [];
    for (const bits of widths) {
      if (context.signal?.aborted) {
        throw new PocketlensError('interrupted', 'Stopped while scanning for sensitive layers.', {
          remedy: 'What was measured is kept: start it again.',
        });
      }
      const quantizer = { ...format.quantizer, bits };
      const param = { ...exact, ...quantizeTensor(exact.data, exact.shape, format.axes, quantizer) };
      const { group, granularity, clipping } = quantizer;
      const name = [format.param, bits, granularity, granularity === 'group' ? group : '', clipping].join(
        '|',
      );
      choices.push({ bits, param, damage: await meter(name, format.param, param) });
    }
    layers.push({ format, choices });
    if ((i + 1) % 8 === 0) context.note?.(`scanned ${i + 1} of ${formats.length} layers`);
  }
  return layers;
}

type Meter = (name: string, id: string, param: Param) => Promise<number>;

async function openMeter(
  graph: Graph,
  measure: Measure,
  samples: number,
  context: PassContext,
): Promise<Meter> {
  if (measure === 'weights')
    return async (_, id, { data }) => squaredError([graph.params.get(id)!.data], [data]);
  const task = requireTask('mixed-precision', context);
  const changed = (id: string, { encoding: _, ...param }: Param): Graph => ({
    ...graph,
    params: new Map(graph.params).set(id, param),
  });
  if (measure === 'quality') {
    const before = await task.evaluate(graph);
    const cache = new DamageCache(keyOf(graph, measure, task.fingerprint ?? '', JSON.stringify(before)));
    const loss = async (other: Graph) => Math.max(0, before.quality - (await task.evaluate(other)).quality);
    return (name, id, param) => cache.of(name, () => loss(changed(id, param)));
  }
  const feeds = await calibrationFor(graph, task, samples);
  const cache = new DamageCache(keyOf(graph, measure, ...feeds.flatMap(partsOf)));
  let exact: Float32Array[] | undefined;
  return (name, id, param) =>
    cache.of(name, async () => {
      exact ??= await outputsOf(graph, feeds, context);
      return squaredError(exact, await outputsOf(changed(id, param), feeds, context));
    });
}

/** Σ (a − b)² / Σ a². */
function squaredError(exact: readonly Float32Array[], other: readonly Float32Array[]): number {
  let error = 0;
  let size = 0;
  exact.forEach((values, k) => {
    values.forEach((value, i) => {
      error += (value - other[k]![i]!) ** 2;
      size += value ** 2;
    });
  });
  return size > 0 ? error / size : error;
}

/** On the exact session's own weights: what a runtime computes, in float. */
async function outputsOf(
  graph: Graph,
  feeds: readonly Feeds[],
  { signal }: PassContext,
): Promise<Float32Array[]> {
  const session = await openSession(exportOnnx(graph), { threads: 1, arena: false });
  try {
    const all: Float32Array[] = [];
    for (const feed of feeds) {
      const results = await session.run(borderFeeds(graph, feed), signal ? { signal } : {});
      for (const { name } of session.outputs)
        all.push(Float32Array.from(results[name]!.data as Float32Array));
    }
    return all;
  } finally {
    await session.dispose();
  }
}

function partsOf(feeds: Feeds): (string | Uint8Array)[] {
  return Object.entries(feeds).flatMap(([id, { shape, data }]) => [
    `${id} ${shape.join()}`,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

function keyOf(graph: Graph, measure: Measure, ...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256').update(`${VERSION} ${measure} `).update(encodeGraph(graph));
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 40);
}
