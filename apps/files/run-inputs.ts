/** The work on many inputs: some at a time, failures of single ones reported and passed over, results in order. */
import { type ErrorCode, PocketlensError } from '../../models/base/errors.js';
import type { Input } from './inputs.js';

export interface InputProgress<Result> {
  /** Inputs that are finished or have failed. */
  readonly done: number;
  readonly total: number;
  readonly file: string;
  /** undefined for a failed input. */
  readonly result: Result | undefined;
  readonly seconds: number;
}

/** What an app's command gives to whatever works on its inputs. */
export interface RunEnvironment<Result> {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Takes results; resolves when they are passed on. */
  readonly writeOut: (data: string | Uint8Array) => Promise<void>;
  readonly signal?: AbortSignal;
  /** The number of inputs is known. */
  readonly onStart?: (total: number) => Promise<void>;
  /** One input among several failed; the others go on. */
  readonly onFailure?: (error: unknown, file: string) => void;
  /** Something about a result that people should know, which is no failure. */
  readonly onNote?: (note: string) => void;
  /** One more input is done (or has failed). */
  readonly onProgress?: (progress: InputProgress<Result>) => void;
}

/** Errors that all inputs would meet, so that the first ends the run. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  ...([
    'model_not_found',
    'model_corrupt',
    'invalid_graph',
    'unsupported_operator',
    'engine_missing',
  ] as const),
  ...(['output_unwritable', 'interrupted', 'usage'] as const),
]);

export interface RunInputsOptions<Result> {
  /** Inputs that are worked on at a time. */
  readonly jobs: number;
  readonly work: (input: Input, index: number) => Promise<Result>;
  /** Takes each result in whatever order they come (undefined for a failed input); what it throws ends the run. */
  readonly put?: (index: number, result: Result | undefined) => Promise<void>;
}

/**
 * @returns what failed, when all inputs have been worked on.
 * @throws what concerns all inputs, when the ones that are being worked on have ended
 */
export async function runInputs<Result>(
  inputs: readonly Input[],
  { jobs, work, put }: RunInputsOptions<Result>,
  { onFailure, onProgress }: Pick<RunEnvironment<Result>, 'onFailure' | 'onProgress'>,
): Promise<unknown[]> {
  const failed: unknown[] = [];
  const total = inputs.length;
  let next = 0;
  let done = 0;
  let isStopped = false;

  const workOrReport = async (input: Input, index: number): Promise<Result | undefined> => {
    const started = performance.now();
    let result: Result | undefined;
    try {
      result = await work(input, index);
    } catch (error) {
      if (error instanceof PocketlensError && FATAL.has(error.code)) throw error;
      failed.push(error);
      if (total > 1) onFailure?.(error, input.file);
    } finally {
      onProgress?.({
        done: ++done,
        total,
        file: input.file,
        result,
        seconds: (performance.now() - started) / 1000,
      });
    }
    return result;
  };
  const worker = async () => {
    try {
      while (next < total && !isStopped) {
        const index = next++;
        const result = await workOrReport(inputs[index]!, index);
        await put?.(index, result);
      }
    } catch (error) {
      isStopped = true;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(jobs, total) }, worker));
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken) throw broken.reason;
  return failed;
}

/** @throws some_failed when one among several failed, a single input's own error */
export function throwFailed(failed: readonly unknown[], total: number, verb: string): void {
  if (failed.length === 0) return;
  if (total === 1) throw failed[0];
  throw new PocketlensError(
    'some_failed',
    `Expected to ${verb} ${total} images but ${failed.length} of them failed.`,
    { remedy: 'The errors above say why.', details: { failed: failed.length, total } },
  );
}
