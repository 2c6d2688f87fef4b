/** The pass `tie-blocks`. */
import { z } from 'zod';
import type { Graph, Node, Param, ParamId } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import { definePass, type LayerNote, type PassResult } from '../pass.js';
import { whyLeftOut } from '../patterns.js';
import { requireTuning, tuneGraph } from '../tuning.js';
import { type Block, findBlocks } from './find-blocks.js';

export const tieBlocksSchema = z.strictObject({
  /** Ids of blocks (scopes, "decoder/block*"); `*` stands for any characters. */
  include: z.array(z.string().min(1)).readonly().default(['*']),
  exclude: z.array(z.string().min(1)).readonly().default([]),
  /** What the shared weights begin with: the mean of all blocks, or the first block's. */
  start: z.enum(['average', 'first']).default('average'),
  /** Whether normalisations are shared too. Their statistics differ from depth to depth: seldom worth the few weights. */
  shareNorms: z.boolean().default(false),
  /** Minutes of training afterwards; 0: none. */
  minutes: z.number().min(0).default(0),
  /** Peak of the tuning. Default: the task's. */
  learningRate: z.number().positive().optional(),
});

const NORMS: ReadonlySet<string> = new Set(['BatchNormalization', 'LayerNormalization']);

/**
 * Makes blocks of equal shape use the same params (as the Universal Transformer and ALBERT do: Dehghani et al. 2019, Lan et al.
 * 2020; in the survey of Gupta and Agrawal 2020). Blocks are scopes with the same nodes; the file holds their weights once, the
 * arithmetic stays. Trained weights of different blocks have little in common, so the outcome must be tuned: without
 * `minutes` expect a broken model.
 *
 * Cost: none but the tuning.
 */
export const tieBlocks = definePass(
  'tie-blocks',
  'Makes blocks of equal shape share their weights.',
  tieBlocksSchema,
  async (graph, options, context): Promise<PassResult> => {
    const skipped: { node: string; reason: string }[] = [];
    const groups = findBlocks(graph).flatMap((blocks) => {
      const chosen = blocks.filter((block) => {
        const reason = whyLeftOut(block.id, options) ?? whyNot(graph, block);
        if (reason) skipped.push({ node: block.id, reason });
        return !reason;
      });
      if (chosen.length === 1) skipped.push({ node: chosen[0]!.id, reason: 'no other block is like it' });
      return chosen.length > 1 ? [chosen] : [];
    });
    const params = new Map(graph.params);
    const renamed = new Map<ParamId, ParamId>();
    const layers: LayerNote[] = [];
    for (const blocks of groups) layers.push(...tie(graph, blocks, options, params, renamed));
    const nodes = graph.nodes.map((node): Node => {
      const own = Object.entries(node.params).map(([role, id]) => [role, renamed.get(id) ?? id]);
      return { ...node, params: Object.fromEntries(own) };
    });
    for (const id of renamed.keys()) params.delete(id);
    const tied = validate({ ...graph, nodes, params });
    const count = (of: Graph) => [...of.params.values()].reduce((sum, { data }) => sum + data.length, 0);
    const summary =
      groups.length === 0
        ? 'No blocks were tied.'
        : `Tied ${layers.length} blocks in ${groups.length} groups: ${count(graph) - count(tied)} of ${count(graph)} weights saved.`;
    const { minutes, learningRate } = options;
    const result =
      minutes > 0 && groups.length > 0
        ? await tuneGraph('tie-blocks', tied, { minutes, learningRate }, context)
        : tied;
    return { graph: validate(result), report: { summary, layers, skipped } };
  },
  ({ minutes }, context) => {
    if (minutes > 0) requireTuning('tie-blocks', context, 'minutes');
  },
);

function whyNot(graph: Graph, { nodes }: Block): string | undefined {
  const own = new Set(nodes.map(({ id }) => id));
  const ids = new Set(nodes.flatMap((node) => Object.values(node.params)));
  if ([...ids].some((id) => graph.params.get(id)!.encoding)) return 'its weights are stored as codes';
  const sharer = graph.nodes.find(
    (node) => !own.has(node.id) && Object.values(node.params).some((id) => ids.has(id)),
  );
  return sharer ? `it shares weights with "${sharer.id}" already` : undefined;
}

function tie(
  graph: Graph,
  blocks: readonly Block[],
  { start, shareNorms }: z.output<typeof tieBlocksSchema>,
  params: Map<ParamId, Param>,
  renamed: Map<ParamId, ParamId>,
): LayerNote[] {
  const first = blocks[0]!;
  const distances = blocks.map(() => ({ error: 0, total: 0, weights: 0 }));
  first.nodes.forEach((node, at) => {
    if (NORMS.has(node.op) && !shareNorms) return;
    for (const [role, id] of Object.entries(node.params)) {
      const ids = blocks.map(({ nodes }) => nodes[at]!.params[role]!);
      if (renamed.has(ids[1]!)) continue;
      const all = ids.map((other) => graph.params.get(other)!.data);
      const data = start === 'first' ? all[0]! : mean(all);
      params.set(id, { ...graph.params.get(id)!, data });
      all.forEach((values, b) => {
        const distance = distances[b]!;
        values.forEach((value, i) => {
          distance.error += (value - data[i]!) ** 2;
          distance.total += value ** 2;
        });
        distance.weights += values.length;
        if (b > 0) renamed.set(ids[b]!, id);
      });
    }
  });
  return blocks.map(({ id }, b) => {
    const { error, total, weights } = distances[b]!;
    const relativeError = total > 0 ? Math.sqrt(error / total) : 0;
    return { node: id, figures: { tiedTo: first.id, weights, relativeError } };
  });
}

function mean(all: readonly Float32Array[]): Float32Array {
  return all[0]!.map((_, i) => all.reduce((sum, values) => sum + values[i]!, 0) / all.length);
}
