/** Channels that never fire, though they are computed: found, and begun anew. */
import type { Graph, Node, ParamId } from '../graph/ir.js';

/** Of one batch norm with a ReLU behind. */
export interface SilentChannels {
  readonly scale: ParamId;
  readonly bias: ParamId;
  /** Indices of the channels that are silent; may be empty. */
  readonly channels: readonly number[];
  /** How many there are in all. */
  readonly of: number;
}

/** Standard deviations from its mean at which a channel must reach the ReLU's threshold: one place in 700 does. */
const REACH = 3;

/**
 * What lies below zero after batch norm, for all of its places but a few, is zero after ReLU, gets no gradient and stays so
 * ("dying ReLU", Lu et al. 2019). In a residual block nothing else notices: the sum goes on without it.
 */
export function silentChannels(graph: Graph): SilentChannels[] {
  const users = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const id of node.inputs) users.set(id, [...(users.get(id) ?? []), node]);
  }
  const all: SilentChannels[] = [];
  for (const { op, outputs, params } of graph.nodes) {
    const behind = users.get(outputs[0]!) ?? [];
    if (op !== 'BatchNormalization' || behind.length === 0 || behind.some((node) => node.op !== 'Relu'))
      continue;
    const { scale, bias } = params as { scale: ParamId; bias: ParamId };
    const scales = graph.params.get(scale)!.data;
    const biases = graph.params.get(bias)!.data;
    const channels = [...scales.keys()].filter((c) => biases[c]! + REACH * Math.abs(scales[c]!) < 0);
    all.push({ scale, bias, channels, of: scales.length });
  }
  return all;
}

/** Per cent of the channels behind batch norm and ReLU; undefined where there are none. */
export function silentShare(graph: Graph): number | undefined {
  const all = silentChannels(graph);
  const total = all.reduce((sum, { of }) => sum + of, 0);
  return total === 0
    ? undefined
    : (100 * all.reduce((sum, { channels }) => sum + channels.length, 0)) / total;
}

/** Silent channels with the scale and shift of a new batch norm; the weights before it stay, and train again. */
export function awakened(graph: Graph): Graph {
  const params = new Map(graph.params);
  for (const { scale, bias, channels } of silentChannels(graph)) {
    const begin = (id: ParamId, value: number) => {
      const data = params.get(id)!.data.slice();
      for (const channel of channels) data[channel] = value;
      params.set(id, { ...params.get(id)!, data });
    };
    begin(scale, 1);
    begin(bias, 0);
  }
  return { ...graph, params };
}
