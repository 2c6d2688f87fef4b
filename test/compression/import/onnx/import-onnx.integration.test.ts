/** What the exporter writes, the importer reads: every operator, whole networks, the shipped weights. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { foldBatchNorm } from '../../../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import { importOnnx } from '../../../../compression/import/onnx/import-onnx.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { loadGraph } from '../../../../models/graph/serialize.js';
import { readModelCard } from '../../../../models/runtime/model-folder.js';
import { openSession } from '../../../../models/runtime/session.js';
import { DEFAULT_SALIENCY_CONFIG, saliencyConfigSchema } from '../../../../models/saliency/config.js';
import { deployedSaliency } from '../../../../models/saliency/deployed-graph.js';
import { buildSaliency, saliencyInputShapes } from '../../../../models/saliency/network.js';
import { operatorCases } from '../../../models/graph/operator-cases.js';
import { composedGraphs } from '../../export/onnx/composed-graphs.js';
import { type Feed, randomFeed, runInTfjs, transposeFeed } from '../../export/onnx/parity.js';
import { greatestDifference } from './compare.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

const TOLERANCE = 1e-4;

/** Nodes and weights, not what is recorded of the file. */
const essence = ({ inputs, outputs, nodes, params }: Graph) => ({
  inputs,
  outputs,
  nodes,
  params: [...params],
});

function checkRoundTrip(graph: Graph, feeds: Readonly<Record<string, Feed>>, opset?: number): Graph {
  const options = opset === undefined ? {} : { opset };
  const imported = importOnnx(exportOnnx(graph, options)).graph;
  // The matrices of segments hold shares: sums of thousands of larger numbers would not agree to 1e-4.
  for (const [id, { shape, data }] of Object.entries(feeds)) {
    if (id === 'image') continue;
    for (let i = 0; i < data.length; i++) data[i]! /= shape.at(-1)!;
  }
  const [wanted, actual] = [runInTfjs(graph, feeds), runInTfjs(imported, feeds)];
  expect(actual.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
  wanted.forEach(({ data }, i) => {
    expect(greatestDifference(actual[i]!.data, data)).toBeLessThanOrEqual(TOLERANCE);
  });
  return imported;
}

describe.each(operatorCases)('$op: $name', ({ build }) => {
  it('comes back', () => {
    const { graph, feeds } = build();
    const imported = checkRoundTrip(graph, feeds, 17);
    expect(imported.inputs).toEqual(graph.inputs);
    expect(imported.outputs).toEqual(graph.outputs);
    checkRoundTrip(graph, feeds, 21);
  });
});

describe.each(composedGraphs)('$name', ({ graph, shapes }) => {
  const once = importOnnx(exportOnnx(graph)).graph;

  it.each(shapes)('comes back, at %o', (inputs) => {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([id, shape], i) => [id, randomFeed(shape, i)]),
    );
    checkRoundTrip(graph, feeds);
  });

  it('stays as it is from then on', () => {
    expect(essence(importOnnx(exportOnnx(once)).graph)).toEqual(essence(once));
  });

  it('has no more transposes than it had', () => {
    const transposes = ({ nodes }: Graph) => nodes.filter(({ op }) => op === 'Transpose').length;
    expect(transposes(once)).toBeLessThanOrEqual(transposes(graph));
  });
});

it.each(['fusion', 'dense'] as const)('reads the saliency network, %s', (streams) => {
  const graph = deployedSaliency(buildSaliency(DEFAULT_SALIENCY_CONFIG, 1, 64), streams);
  const feeds = Object.fromEntries(
    graph.inputs.map((input, i) => [
      input.id,
      randomFeed(
        input.shape.map((d, axis) => d ?? (axis === 0 ? 1 : 64)),
        i,
      ),
    ]),
  );
  const imported = checkRoundTrip(graph, feeds);
  expect(imported.inputs).toEqual(graph.inputs);
  expect(essence(importOnnx(exportOnnx(imported)).graph)).toEqual(essence(imported));
});

const WEIGHTS = join(import.meta.dirname, '../../../../models/weights');
const shipped = readdirSync(WEIGHTS).filter((name) => existsSync(join(WEIGHTS, name, 'model.onnx')));

it('has shipped networks to read', () => {
  expect(shipped).toEqual(expect.arrayContaining(['detector', 'recognizer']));
});

it.each(shipped)('reads what the weights of the shipped %s are written as', async (name) => {
  const trained = await loadGraph(join(WEIGHTS, name, 'model.safetensors'));
  const graph = deployedOf(name, trained);
  const written = exportOnnx(foldBatchNorm(graph).graph);
  const imported = importOnnx(written).graph;
  const feeds = await shippedFeeds(name, graph);
  const [wanted, actual] = [runInTfjs(graph, feeds), runInTfjs(imported, feeds)];
  wanted.forEach(({ data }, i) => {
    expect(greatestDifference(actual[i]!.data, data)).toBeLessThanOrEqual(TOLERANCE);
  });
  expect(imported.outputs).toEqual(graph.outputs);
  expect(essence(importOnnx(exportOnnx(imported)).graph)).toEqual(essence(imported));
});

it.each(shipped)(
  'reads the file of the shipped %s, whatever its precision, and writes it alike',
  async (name) => {
    const bytes = await readFile(join(WEIGHTS, name, 'model.onnx'));
    const imported = importOnnx(bytes).graph;
    const feeds = await shippedFeeds(name, imported);
    const run = async (model: Uint8Array) => {
      const session = await openSession(model);
      const given = Object.entries(feeds).map(([id, feed]) => {
        const { shape, data } = feed.shape.length === 4 ? transposeFeed(feed, [0, 3, 1, 2]) : feed;
        return [id, { data, dims: shape }];
      });
      const results = await session.run(Object.fromEntries(given));
      await session.dispose();
      return session.outputs.map(({ name: output }) => results[output]!.data as Float32Array);
    };
    const [wanted, actual] = [await run(bytes), await run(exportOnnx(imported))];
    wanted.forEach((data, i) => {
      expect(greatestDifference(actual[i]!, data)).toBeLessThanOrEqual(TOLERANCE);
    });
  },
);

function deployedOf(name: string, trained: Graph): Graph {
  // What is trained of the saliency network has outputs of its own.
  return name === 'saliency' ? deployedSaliency(trained) : trained;
}

async function shippedFeeds(name: string, graph: Graph): Promise<Record<string, Feed>> {
  const { config } = await readModelCard(join(WEIGHTS, name));
  const sizes = name === 'saliency' ? saliencyInputShapes(saliencyConfigSchema.parse(config)) : {};
  const feeds = Object.fromEntries(
    graph.inputs.map((input, i) => [
      input.id,
      randomFeed(sizes[input.id] ?? input.shape.map((d, axis) => d ?? (axis === 0 ? 1 : 96)), i),
    ]),
  );
  // The matrices of segments hold shares: sums of thousands of larger numbers would not agree to 1e-4.
  for (const [id, { shape, data }] of Object.entries(feeds)) {
    if (id === 'image') continue;
    for (let i = 0; i < data.length; i++) data[i]! /= shape.at(-1)!;
  }
  return feeds;
}
