import { z } from 'zod';
import { expected } from '../../models/base/errors.js';
import { validate } from '../../models/graph/validate.js';
import { definePass } from '../pass.js';
import { withoutDead } from './graph-edit.js';

/**
 * Removes nodes that lead to no output, and params that no node uses. Inputs stay. Option `outputs`: names of the outputs
 * to keep, in the order wanted (default: all), which also takes away side outputs that only training needs. Costs nothing;
 * what is kept computes the same. Classical dead-code elimination.
 */
export const removeDeadNodes = definePass(
  'remove-dead-nodes',
  'Removes nodes that lead to no output.',
  z.strictObject({ outputs: z.array(z.string()).min(1).optional() }),
  (graph, { outputs = [...graph.outputs] }) => {
    for (const id of outputs) {
      if (graph.outputs.includes(id)) continue;
      throw expected('invalid_config', `one of the outputs ${graph.outputs.join(', ')}`, '"outputs"', id);
    }
    const { graph: live, nodes, params } = withoutDead(graph, outputs);
    return {
      graph: validate(live),
      report: {
        summary: `Removed ${nodes.length} nodes and ${params.length} params without use.`,
        layers: nodes.map(({ id, op }) => ({ node: id, figures: { removed: op } })),
        skipped: [],
      },
    };
  },
);
