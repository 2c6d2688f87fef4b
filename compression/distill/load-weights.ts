import { z } from 'zod';
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph } from '../../models/graph/ir.js';
import { loadGraph } from '../../models/graph/serialize.js';
import { definePass } from '../pass.js';

/**
 * Takes the weights of a file of the same network that was trained elsewhere (on a graphics card, say; see
 * `apps/train/torch`), so that a run goes on with them as if a pass of its own had trained them.
 *
 * Options: `file`: the path of a graph with params of the same names and shapes; a resumed run that has taken it does not
 * see that it has changed since. Cost: none.
 */
export const loadWeights = definePass(
  'load-weights',
  'Takes weights of the same network that were trained elsewhere.',
  z.strictObject({ file: z.string().min(1) }),
  async (graph, { file }) => ({
    graph: await withWeightsOf(graph, file),
    report: { summary: `Took the weights of ${file}.`, layers: [], skipped: [] },
  }),
);

/** @throws invalid_data where the file holds another network */
export async function withWeightsOf(graph: Graph, file: string): Promise<Graph> {
  const { params: trained } = await loadGraph(file);
  const params = new Map(graph.params);
  for (const [id, param] of graph.params) {
    const found = trained.get(id);
    if (!found || found.shape.join() !== param.shape.join()) {
      const received = found ? `[${found.shape.join(', ')}]` : 'none';
      throw new PocketlensError(
        'invalid_data',
        `Expected [${param.shape.join(', ')}] values of "${id}" in ${file} but received ${received}.`,
        {
          remedy:
            'Name a file of the same network; where a run kept it as a checkpoint, remove it and resume.',
        },
      );
    }
    params.set(id, { ...param, data: found.data });
  }
  return { ...graph, params };
}
