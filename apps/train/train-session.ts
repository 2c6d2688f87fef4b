/** One session of the training loop, from the figures that the runs of all models have. */
import type { Graph, ParamId } from '../../models/graph/ir.js';
import { type TrainingResult, type TrainingTask, train } from '../../models/training/loop.js';
import { weightAverage } from '../../models/training/weight-average.js';
import type { SessionOptions } from './run-config.js';

export interface OptimizerRun {
  readonly seed?: number;
  /** The schedule's peak. */
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly decayShare: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly averageDecay: number;
  /** See `TrainingOptions`. */
  readonly rateFactor?: (id: ParamId) => number;
  readonly freezeBatchNorm?: boolean;
}

export async function trainSession<Batch>(
  graph: Graph,
  task: TrainingTask<Batch>,
  run: OptimizerRun,
  session: SessionOptions,
): Promise<TrainingResult> {
  const { learningRate: peak, warmupSteps, decayShare, weightDecay, clipNorm } = run;
  const { init: _init, dense: _dense, workers: _workers, every: _every, ...loop } = session;
  return train(graph, task, {
    ...loop,
    schedule: { peak, warmupSteps, decayShare, floorShare: 0.02 },
    weightDecay,
    clipNorm,
    ...(run.seed !== undefined && { seed: run.seed }),
    ...(run.rateFactor && { rateFactor: run.rateFactor }),
    ...(run.freezeBatchNorm !== undefined && { freezeBatchNorm: run.freezeBatchNorm }),
    checkpointEveryMinutes: 5,
    hooks: [weightAverage(run.averageDecay)],
  });
}
