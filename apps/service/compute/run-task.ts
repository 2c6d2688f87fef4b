/** Does a task: the only place of the service that knows the models. Runs in a thread, or in place for tests. */
import type { ComputeAnswer, ComputeJob } from './engine.js';
import { runOcrTask } from './ocr-task.js';
import { runSubjectTask } from './subject-task.js';
import type { TaskModels } from './task-tools.js';

export function runTask(
  { task, bytes, limits }: ComputeJob,
  models: TaskModels,
  signal: AbortSignal,
): Promise<ComputeAnswer> {
  return task.kind === 'ocr'
    ? runOcrTask(task, bytes, limits, models, signal)
    : runSubjectTask(task, bytes, limits, models, signal);
}
