/** Run configurations: JSON files, checked against the schema of the model they train. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { PocketlensError } from '../../models/base/errors.js';
import type { TrainingOptions } from '../../models/training/loop.js';

/** What the command line adds to a run's configuration. */
export interface SessionOptions
  extends Pick<
    TrainingOptions,
    'folder' | 'minutes' | 'steps' | 'resume' | 'evaluateEveryMinutes' | 'signal' | 'onStep' | 'onEvaluate'
  > {
  /** Graph file to start from. */
  readonly init?: string;
  /** Of a saliency network with two streams: graph file that the backbone and the dense stream come from, whatever `init` has. */
  readonly dense?: string;
  /** Rendering threads. */
  readonly workers: number;
  /** While training, each n-th dev sample is evaluated. */
  readonly every: number;
}

/** @throws input_not_found, invalid_config */
export async function readRunConfig(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const code = cause instanceof SyntaxError ? 'invalid_config' : 'input_not_found';
    throw new PocketlensError(code, `Expected a JSON run configuration in ${file} but could not read it.`, {
      remedy: 'See apps/train/configs for examples.',
      cause,
    });
  }
}

/** @throws invalid_config naming the first field that is wrong */
export function parseRun<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = issue.path.map(String).join('.') || 'the run configuration';
  throw new PocketlensError('invalid_config', `Expected a valid ${field} but received: ${issue.message}.`, {
    remedy: 'Correct the run configuration.',
  });
}
