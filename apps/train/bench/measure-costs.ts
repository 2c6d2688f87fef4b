/** What a program costs beside its time an image: start-up and memory, each from processes of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PocketlensError } from '../../../models/base/errors.js';
import type { PeerCommand } from './peers/peer.js';
import { runProcess } from './process.js';
import type { PeerCost, ResultCache } from './result-cache.js';

export interface CostSubject {
  readonly name: string;
  readonly title: string;
  /** Equal only for what costs alike. */
  readonly key: string;
  /** A process that works on one image. */
  command(image: string, folder: string): PeerCommand;
}

/** What is worked on: start-up is measured on `small`, memory on `large`. */
export interface CostImages {
  readonly small: string;
  readonly large: string;
}

const STARTS = 5;

/**
 * What the cache knows is not measured again; without a cache all is measured in this run, under the same load.
 * @param makeImages writes the images into a folder that is there for the while
 * @returns in the order of the subjects
 * @throws inference_failed, interrupted
 */
export async function measureCosts(
  subjects: readonly CostSubject[],
  cache: ResultCache | undefined,
  makeImages: (folder: string) => Promise<CostImages>,
  options: { readonly signal?: AbortSignal | undefined; readonly onNote?: (note: string) => void } = {},
): Promise<PeerCost[]> {
  const costs = new Map<CostSubject, PeerCost>();
  const unknown: CostSubject[] = [];
  for (const subject of subjects) {
    const known = cache?.cost(subject.name, subject.key);
    if (known) costs.set(subject, known);
    else unknown.push(subject);
  }
  if (unknown.length > 0) {
    const folder = await mkdtemp(join(tmpdir(), 'pocketlens-bench-'));
    try {
      const { small, large } = await makeImages(folder);
      const run = (subject: CostSubject, image: string, memory: boolean) => {
        options.onNote?.(`${subject.title}: ${memory ? 'memory' : 'start-up'}`);
        return runOne(subject, subject.command(image, folder), memory, options.signal);
      };
      const starts = new Map(unknown.map((subject) => [subject, Number.POSITIVE_INFINITY]));
      for (let i = 0; i < STARTS; i++) {
        for (const subject of unknown) {
          const { seconds } = await run(subject, small, false);
          starts.set(subject, Math.min(starts.get(subject)!, seconds));
        }
      }
      for (const subject of unknown) {
        const { peakBytes } = await run(subject, large, true);
        const cost = { startUpSeconds: starts.get(subject)!, ...(peakBytes !== undefined && { peakBytes }) };
        costs.set(subject, cost);
        await cache?.saveCost(subject.name, subject.key, cost);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return subjects.map((subject) => costs.get(subject)!);
}

async function runOne(
  { title }: CostSubject,
  command: PeerCommand,
  memory: boolean,
  signal: AbortSignal | undefined,
) {
  const result = await runProcess(command, { signal, memory });
  if (result.code === 0) return result;
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  throw new PocketlensError('inference_failed', `Expected ${title} to read an image but it failed: ${said}`);
}
