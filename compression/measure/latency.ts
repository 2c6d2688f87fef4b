/**
 * Latency in ONNX Runtime. Candidates take turns, run by run, so that whatever else the machine does hits all of them
 * alike; first runs, which allocate and choose kernels, are not counted.
 */
import { availableParallelism } from 'node:os';
import { PocketlensError } from '../../models/base/errors.js';
import { Random } from '../../models/base/random.js';
import type { ValueId } from '../../models/graph/ir.js';
import { openSession, type RuntimeTensor, type Session } from '../../models/runtime/session.js';
import { type Processor, thisProcessor } from './cpu.js';

const LEAST_REPEATS = 3;

export interface LatencyCandidate {
  readonly name: string;
  readonly onnx: Uint8Array;
  /** In the graph's own layout (NHWC); every dimension known. */
  readonly inputShapes: Readonly<Record<ValueId, readonly number[]>>;
}

export interface LatencyOptions {
  /** Default: 1 and, where there are more cores, 2. */
  readonly threads?: readonly number[];
  /** Default 3. */
  readonly warmUp?: number;
  /** Timed runs of each candidate and number of threads. Default 15. */
  readonly repeats?: number;
  /** Repeats end when so many seconds are over, though not before three. Default 20 for each number of threads. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
}

export interface Latency {
  readonly name: string;
  readonly threads: number;
  readonly runs: number;
  /** Of one run. */
  readonly minimumMs: number;
  readonly medianMs: number;
}

export interface LatencyReport {
  readonly processor: Processor;
  readonly latencies: readonly Latency[];
}

/** @throws model_corrupt for bytes that do not load, inference_failed, interrupted */
export async function measureLatency(
  candidates: readonly LatencyCandidate[],
  options: LatencyOptions = {},
): Promise<LatencyReport> {
  const { warmUp = 3, repeats = 15, seconds = 20, signal } = options;
  const threadCounts = options.threads ?? (availableParallelism() > 1 ? [1, 2] : [1]);
  const latencies: Latency[] = [];
  for (const threads of threadCounts) {
    const sessions: Session[] = [];
    try {
      for (const { name, onnx } of candidates) sessions.push(await openSession(onnx, { threads, name }));
      const feeds = candidates.map(({ inputShapes }, i) => randomFeeds(sessions[i]!, inputShapes));
      const times = candidates.map((): number[] => []);
      const end = performance.now() + 1000 * seconds;
      for (let round = 0; round < warmUp + repeats; round++) {
        if (round >= warmUp + LEAST_REPEATS && performance.now() > end) break;
        for (const [i, session] of sessions.entries()) {
          if (signal?.aborted) throw new PocketlensError('interrupted', 'Stopped while measuring latency.');
          const started = performance.now();
          await session.run(feeds[i]!);
          if (round >= warmUp) times[i]!.push(performance.now() - started);
        }
      }
      candidates.forEach(({ name }, i) => {
        const sorted = times[i]!.sort((a, b) => a - b);
        latencies.push({
          name,
          threads,
          runs: sorted.length,
          minimumMs: sorted[0]!,
          medianMs: sorted[Math.floor(sorted.length / 2)]!,
        });
      });
    } finally {
      for (const session of sessions) await session.dispose();
    }
  }
  return { processor: await thisProcessor(), latencies };
}

/** The same numbers for every candidate. Images are NCHW at a file's borders. */
function randomFeeds(
  session: Session,
  shapes: Readonly<Record<ValueId, readonly number[]>>,
): Record<string, RuntimeTensor> {
  return Object.fromEntries(
    session.inputs.map(({ name }) => {
      const shape = shapes[name];
      if (!shape)
        throw new PocketlensError(
          'invalid_argument',
          `Expected a shape for input "${name}" but received none.`,
        );
      const [n, h, w, c] = shape as [number, number, number, number];
      const dims = shape.length === 4 ? [n, c, h, w] : [...shape];
      const random = new Random(1, 'latency', name);
      const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.range(-1, 1));
      return [name, { data, dims }];
    }),
  );
}
