/** Trials of a search: what was tried, what it came to, and which of them is the best within a budget. */
import { expected } from '../../models/base/errors.js';
import type { Graph } from '../../models/graph/ir.js';
import type { RecipeJson } from '../recipe.js';

/** At least one. */
export interface AutoGoal {
  /** Of the packed file. */
  readonly maxBytes?: number;
  /** Median of a run in ONNX Runtime on one thread, at the task's shapes. */
  readonly maxMs?: number;
  /** Points of quality below the input. */
  readonly maxLoss?: number;
}

export type Passes = RecipeJson['passes'];

export interface Trial {
  readonly passes: Passes;
  readonly bytes: number;
  readonly medianMs?: number;
  /** Absent where the size or the time alone ruled it out. */
  readonly quality?: number;
  readonly loss?: number;
  readonly meets: boolean;
}

export interface TrialStore {
  /** What a trial of the same passes came to before. */
  find(passes: Passes): Trial | undefined;
  add(trial: Trial): Promise<void>;
  /** A pruned and tuned graph that was kept, or that `make` gives and is then kept. */
  pruned(passes: Passes, make: () => Promise<Graph>): Promise<Graph>;
}

/** Whether size and time are within the budget. */
export function fits(
  { maxBytes, maxMs }: AutoGoal,
  { bytes, medianMs }: Pick<Trial, 'bytes' | 'medianMs'>,
): boolean {
  return (
    (maxBytes === undefined || bytes <= maxBytes) && (maxMs === undefined || (medianMs ?? Infinity) <= maxMs)
  );
}

/** Whether nothing is missing: a trial of another goal may lack the time, or have been ruled out without being judged. */
export function isComplete(goal: AutoGoal, trial: Trial): boolean {
  if (goal.maxMs !== undefined && trial.medianMs === undefined) return false;
  return trial.quality !== undefined || !fits(goal, trial);
}

/** With a limit of size or time the best quality, else the smallest. @throws invalid_argument where none meets it */
export function bestOf(trials: readonly Trial[], goal: AutoGoal): Trial {
  const { maxBytes, maxMs, maxLoss } = goal;
  const meeting = trials.filter(({ meets }) => meets);
  const byQuality = maxBytes !== undefined || maxMs !== undefined;
  const [best] = meeting.sort((a, b) => (byQuality ? b.quality! - a.quality! : a.bytes - b.bytes));
  if (best) return best;
  const least = (of: (trial: Trial) => number | undefined) =>
    Math.min(...trials.map((trial) => of(trial) ?? Infinity));
  const found = [
    maxBytes !== undefined && `${least(({ bytes }) => bytes)} bytes`,
    maxMs !== undefined && `${least(({ medianMs }) => medianMs).toFixed(2)} ms`,
    maxLoss !== undefined && `a loss of ${least(({ loss }) => loss).toFixed(2)}`,
  ].filter(Boolean);
  throw expected(
    'invalid_argument',
    `what ${describe(goal)} allows`,
    'the search',
    `at least ${found.join(', ')}`,
    { remedy: 'Raise the budget, or let it tune after pruning by --minutes.' },
  );
}

function describe({ maxBytes, maxMs, maxLoss }: AutoGoal): string {
  return [
    maxBytes !== undefined && `--max-bytes ${maxBytes}`,
    maxMs !== undefined && `--max-ms ${maxMs}`,
    maxLoss !== undefined && `--max-loss ${maxLoss}`,
  ]
    .filter(Boolean)
    .join(', ');
}

export function trialLine({ bytes, medianMs, quality, meets, passes }: Trial, number: number): string {
  const parts = [`${bytes} bytes`];
  if (medianMs !== undefined) parts.push(`${medianMs.toFixed(2)} ms`);
  parts.push(quality === undefined ? 'not judged' : `quality ${quality.toFixed(2)}`);
  return `Trial ${number}: ${passes.map(({ pass }) => pass).join(' → ')}: ${parts.join(', ')}${meets ? ', within the budget' : ''}`;
}
