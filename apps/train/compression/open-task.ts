/** The task of a graph: by what the graph says it is for, else from a folder of pictures or .npy files. */
import { join } from 'node:path';
import type { CompressionTask } from '../../../compression/pass.js';
import { expected } from '../../../models/base/errors.js';
import { packageRoot } from '../../../models/base/paths.js';
import type { Graph } from '../../../models/graph/ir.js';
import { readRunConfig } from '../run-config.js';
import type { TaskOptions } from './task-options.js';

/** Models of ours, and the run configuration that each is tuned with by default: of those that need no pseudo-labels. */
const CONFIGS = {
  recognizer: 'recognizer-convolutional-real.json',
  detector: 'detector-patches.json',
  saliency: 'saliency-joint.json',
} as const;

export type OwnTask = keyof typeof CONFIGS;

/** Which of our models a graph is, or undefined. */
export function ownTaskOf({ meta }: Graph): OwnTask | undefined {
  const { task } = meta;
  return typeof task === 'string' && Object.hasOwn(CONFIGS, task) ? (task as OwnTask) : undefined;
}

/**
 * @param samples folder of samples for a graph that is none of ours; without one it has no task
 * @throws what reading configurations and data throws
 */
export async function openCompressionTask(
  graph: Graph,
  options: TaskOptions & { readonly configFile?: string; readonly samples?: string },
): Promise<CompressionTask | undefined> {
  const own = ownTaskOf(graph);
  if (!own) {
    if (options.samples === undefined) return undefined;
    const [{ arrayFolderTask, holdsArrays }, { holdsPictures, imageFolderTask }] = await Promise.all([
      import('./array-folder-task.js'),
      import('./image-folder-task.js'),
    ]);
    if (!holdsArrays(graph, options.samples)) return imageFolderTask(graph, options.samples, options);
    if (holdsPictures(options.samples)) {
      throw expected('invalid_data', 'pictures or .npy files, not both,', '--data', options.samples, {
        remedy: 'Keep them in folders of their own.',
      });
    }
    return arrayFolderTask(graph, options.samples, options);
  }
  const file = options.configFile ?? join(packageRoot(), 'apps', 'train', 'configs', CONFIGS[own]);
  const all = { ...options, config: options.config ?? (await readRunConfig(file)) };
  switch (own) {
    case 'recognizer':
      return (await import('./recognizer-task.js')).recognizerCompressionTask(graph, all);
    case 'detector':
      return (await import('./detector-task.js')).detectorCompressionTask(graph, all);
    case 'saliency':
      return (await import('./saliency-task.js')).saliencyCompressionTask(graph, all);
  }
}
