/** What the tasks of all models are made from. */
import type { StepReport } from '../../../models/training/loop.js';
import type { RenderFolders } from '../train-recognizer.js';

export interface TaskOptions {
  /** Where tuning keeps its checkpoints. */
  readonly folder: string;
  /** Each n-th dev sample is judged. */
  readonly every: number;
  readonly seed: number;
  /** Threads that make training samples. */
  readonly workers: number;
  /** A run configuration: what the model is tuned with. Default: the one it was trained with. */
  readonly config?: unknown;
  /** What text is rendered from. */
  readonly folders?: () => Promise<RenderFolders>;
  readonly signal?: AbortSignal;
  readonly onStep?: (report: StepReport) => void;
}

/** Rendered samples that no training run reaches. */
export const CALIBRATION_FROM = 2 ** 29;
/** Calibration holds so many real samples in one. */
export const REAL_SHARE = 0.5;
