import { z } from 'zod';
import { expected } from '../../models/base/errors.js';
import type { LayerNote } from '../pass.js';
import { definePass } from '../pass.js';
import { matchesAny } from '../patterns.js';
import { encodeParams } from '../quantize/encode-params.js';
import { weightRoles } from '../quantize/layers.js';

const schema = z.strictObject({
  /** Node id (`*`: any characters) → bits of its weights, or −1, 0 and 1 times a scale. The first that fits counts. */
  layers: z.record(z.string().min(1), z.union([z.int().min(2).max(8), z.literal('ternary')])),
  granularity: z.enum(['tensor', 'channel']).default('channel'),
  /** 'mse': shrink the range to where the squared error is least. */
  clipping: z.enum(['none', 'mse']).default('mse'),
});

/**
 * Gives the weights of single layers other bit widths: mixed precision (Gholami et al. 2021, section 4.2). After `quantize`
 * it narrows the codes that are there, and activations keep their 8 bits; on a float graph it rounds the weights of these
 * layers alone. Integer kernels are no faster for fewer bits: the packed file is smaller.
 *
 * Options: `layers`, node pattern → 2 … 8 bits or "ternary"; `granularity` of scales, "channel" (default) or "tensor";
 * `clipping`, "mse" (default) or "none". Costs milliseconds and no data. Found by `pocketlens compress auto`.
 */
export const setBits = definePass(
  'set-bits',
  'Gives the weights of single layers other bit widths.',
  schema,
  (graph, { layers, granularity, clipping }) => {
    const patterns = Object.entries(layers);
    const bitsOf = new Map<string, number | 'ternary'>();
    for (const node of graph.nodes) {
      const found = patterns.find(([pattern]) => matchesAny(node.id, [pattern]));
      if (found && weightRoles(node).length > 0) bitsOf.set(node.id, found[1]);
    }
    for (const [pattern] of patterns) {
      if ([...bitsOf.keys()].some((id) => matchesAny(id, [pattern]))) continue;
      throw expected(
        'invalid_config',
        `a layer of "${graph.name}" with weights`,
        'pass "set-bits"',
        pattern,
        {
          remedy: `Its layers are called like ${graph.nodes
            .filter((node) => weightRoles(node).length > 0)
            .slice(0, 3)
            .map(({ id }) => `"${id}"`)
            .join(', ')}.`,
        },
      );
    }
    let current = graph;
    const notes: LayerNote[] = [];
    for (const bits of new Set(bitsOf.values())) {
      const result = encodeParams(current, {
        bits,
        granularity,
        clipping,
        take: ({ id }) => bitsOf.get(id) === bits,
      });
      current = result.graph;
      notes.push(...result.layers);
    }
    return {
      graph: current,
      report: { summary: `${notes.length} layers with other bit widths.`, layers: notes, skipped: [] },
    };
  },
);
