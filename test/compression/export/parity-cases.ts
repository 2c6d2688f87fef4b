/** What every format must compute as TensorFlow.js does: each operator, and networks as the models build them. */
import type { InputShapes } from '../../../compression/export/input-shapes.js';
import type { Graph } from '../../../models/graph/ir.js';
import { operatorCases } from '../../models/graph/operator-cases.js';
import { composedGraphs } from './onnx/composed-graphs.js';
import { type Feed, randomFeed } from './onnx/parity.js';

export interface ParityCase {
  readonly name: string;
  readonly graph: Graph;
  /** One after the other into the same file. */
  readonly runs: readonly Readonly<Record<string, Feed>>[];
}

/** The operators alone: quick on any backend. */
export function operatorParityCases(): ParityCase[] {
  return operatorCases.map(({ name, build }) => {
    const { graph, feeds } = build();
    return { name, graph, runs: [feeds] };
  });
}

/** A network of several sizes is one case a size where the file must know it. */
export function parityCases(): ParityCase[] {
  const networks = composedGraphs.map(({ name, graph, shapes }): ParityCase => {
    const runs = shapes.map((inputs) =>
      Object.fromEntries(Object.entries(inputs).map(([id, shape], i) => [id, randomFeed(shape, i)])),
    );
    return { name, graph, runs };
  });
  return [...operatorParityCases(), ...networks].flatMap((one) =>
    needsSizes(one.graph)
      ? one.runs.map((feeds) => ({ ...one, name: `${one.name}, ${shapesOf(feeds)}`, runs: [feeds] }))
      : [one],
  );
}

const shapesOf = (feeds: Readonly<Record<string, Feed>>) =>
  Object.values(feeds)
    .map(({ shape }) => `[${shape}]`)
    .join(' ');

/** What the operator table says of LSTM and of depthwise convolutions. */
function needsSizes({ nodes }: Graph): boolean {
  return nodes.some(({ op, attrs }) => {
    const strides = attrs.strides as readonly number[] | undefined;
    return op === 'LSTM' || (op === 'Conv' && Number(attrs.groups) > 1 && strides?.[0] !== strides?.[1]);
  });
}

/** Sizes that the file is to know: all where it must, else what the graph itself says, batch and all. */
export function fileShapes({ graph, runs }: ParityCase): InputShapes {
  return Object.fromEntries(
    graph.inputs.map(({ id, shape }) => [id, needsSizes(graph) ? runs[0]![id]!.shape : shape]),
  );
}
