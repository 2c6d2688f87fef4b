/** Calibration inputs, checked before a pass takes its ranges from them. */
import { expected, PocketlensError } from '../models/base/errors.js';
import type { Graph } from '../models/graph/ir.js';
import type { CompressionTask, Feeds } from './pass.js';

/**
 * The task's inputs for a graph.
 * @throws invalid_data where there are none, or one does not fit the graph's inputs or holds no finite numbers
 */
export async function calibrationFor(
  graph: Graph,
  task: CompressionTask,
  count: number,
): Promise<readonly Feeds[]> {
  const all = await task.calibration(count);
  if (all.length === 0) {
    throw new PocketlensError('invalid_data', 'Expected calibration inputs but the set is empty.', {
      remedy: 'Name a folder with images by --data.',
    });
  }
  for (const [i, feeds] of all.entries()) checkFeeds(graph, feeds, `calibration input ${i + 1}`);
  return all;
}

function checkFeeds(graph: Graph, feeds: Feeds, where: string): void {
  const remedy = 'Give inputs that are prepared as the model was trained on them.';
  for (const { id, shape } of graph.inputs) {
    const feed = feeds[id];
    if (!feed) throw expected('invalid_data', `a value for input "${id}"`, where, undefined, { remedy });
    const fits =
      feed.shape.length === shape.length && shape.every((d, axis) => d === null || d === feed.shape[axis]);
    if (!fits || feed.shape.reduce((a, b) => a * b, 1) !== feed.data.length) {
      const wanted = `[${shape.map((d) => d ?? '?').join(', ')}]`;
      throw expected('invalid_data', `the shape ${wanted} of input "${id}"`, where, [...feed.shape], {
        remedy,
      });
    }
    const bad = feed.data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw expected('invalid_data', 'finite numbers', where, feed.data[bad], { remedy });
  }
}
