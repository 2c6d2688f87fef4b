/** A small classifier of 8×8 grey images, with batch normalisation, for tests of the whole way. */
import { GraphBuilder } from '../../models/graph/builder.js';
import type { Graph } from '../../models/graph/ir.js';

export function smallGraph(seed = 1): Graph {
  const b = new GraphBuilder('small', { seed });
  const image = b.input('image', [null, 8, 8, 1]);
  const first = b.relu(
    b.batchNorm(b.conv(image, { name: 'first', filters: 16, kernel: [3, 3], bias: false })),
  );
  const second = b.relu(
    b.batchNorm(b.conv(first, { name: 'second', filters: 16, kernel: [3, 3], bias: false })),
  );
  const pooled = b.globalAveragePool(second, { name: 'pooled' });
  return b.finish([pooled]);
}
