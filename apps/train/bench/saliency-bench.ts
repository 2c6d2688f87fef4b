/** Several programs find what stands out in the same images; their maps are scored, what they cost is measured. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadSharp } from '../../files/decode-image.js';
import {
  limitSaliencySet,
  loadGrayValues,
  loadSaliencySet,
  type SaliencySample,
} from '../scoring/saliency/labelled-set.js';
import type { SaliencyCurve, SaliencyScore } from '../scoring/saliency/score-set.js';
import { type Absence, describePeers } from './describe-peers.js';
import { SetScoring, writeMap } from './evaluate-saliency.js';
import { type Machine, thisMachine } from './machine.js';
import { measureCosts } from './measure-costs.js';
import type { PeerFacts } from './peers/peer.js';
import type { SaliencyPeer, SaliencyPeerSession } from './peers/saliency-peer.js';
import type { PeerCost } from './result-cache.js';
import type { NamedSaliencySet } from './saliency-sets.js';

export interface SaliencyBenchOptions {
  readonly peers: readonly SaliencyPeer[];
  readonly sets: readonly NamedSaliencySet[];
  /** Most images of a set, spread over it. */
  readonly limit?: number;
  readonly threads: number;
  /** Where maps are kept, `PEER/RUN/SET/ID.png`: an interrupted bench goes on where it ended. */
  readonly maps: string;
  /** Find all maps anew. */
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
  /** How far it is: maps that are there and that there will be. */
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

export interface SaliencyBenchSet {
  readonly id: string;
  readonly score: SaliencyScore;
  readonly curve: SaliencyCurve;
}

export interface SaliencyBenchPeer extends PeerCost {
  readonly name: string;
  readonly title: string;
  /** Set where it could not be run; then nothing else is known. */
  readonly absent?: Absence;
  readonly version?: string;
  readonly modelBytes?: number;
  /** For one image of 320 × 320 pixels, from pixels to map. */
  readonly seconds?: number;
  readonly sets: readonly SaliencyBenchSet[];
}

export interface SaliencyBenchResult {
  readonly threads: number;
  readonly limit?: number;
  readonly machine: Machine;
  readonly peers: readonly SaliencyBenchPeer[];
}

/** Sides of the images that time, start-up and memory are measured on. */
export const TIMED_SIDE = 320;
const TIMED_IMAGES = 8;
const TIMED_ROUNDS = 5;

interface Present {
  readonly peer: SaliencyPeer;
  readonly facts: PeerFacts;
  /** Holds the maps. */
  readonly folder: string;
}

interface Part extends NamedSaliencySet {
  readonly samples: readonly SaliencySample[];
}

/** @throws data_missing, invalid_data, inference_failed, interrupted. A program that is not installed is no error. */
export async function runSaliencyBench(options: SaliencyBenchOptions): Promise<SaliencyBenchResult> {
  const { limit, signal, threads } = options;
  const parts = options.sets.map((set): Part => {
    const { samples } = limitSaliencySet(loadSaliencySet(set.folder), limit);
    return { ...set, samples };
  });
  const described = await describePeers(options.peers, signal);
  const present: Present[] = [];
  for (const { peer, facts } of described.present)
    present.push({ peer, facts, folder: await mapFolder(options, peer, facts) });
  const found = await findMaps(parts, present, options);
  const timed = parts.flatMap(({ samples }) => samples);
  const notes = (note: string) => options.onProgress?.(found, found, note);
  const folder = await mkdtemp(join(tmpdir(), 'pocketlens-bench-'));
  try {
    const images = await squares(spread(timed, TIMED_IMAGES), folder);
    const seconds = await timeTurns(present, images, notes, signal);
    const subjects = present.map(({ peer, facts }) => ({
      name: `saliency-${peer.name}`,
      title: peer.title,
      key: facts.fingerprint,
      command: (image: string, out: string) => peer.findOne(image, join(out, 'map.png')),
    }));
    const one = { small: images[0]!, large: images[0]! };
    const costs = await measureCosts(subjects, undefined, async () => one, { signal, onNote: notes });
    const peers: SaliencyBenchPeer[] = [];
    for (const peer of options.peers) {
      const { name, title } = peer;
      const i = present.findIndex((entry) => entry.peer === peer);
      if (i < 0) {
        if (!peer.optional) peers.push({ name, title, absent: described.absent.get(peer)!, sets: [] });
        continue;
      }
      const { version, modelBytes } = present[i]!.facts;
      const sets: SaliencyBenchSet[] = [];
      for (const part of parts) sets.push(await scorePart(part, present[i]!));
      peers.push({ name, title, version, modelBytes, seconds: seconds[i]!, ...costs[i], sets });
    }
    return { threads, ...(limit !== undefined && { limit }), machine: thisMachine(), peers };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Maps hold for one fingerprint: those of another are deleted, and all of them where one starts over. */
async function mapFolder(
  { maps, fresh }: SaliencyBenchOptions,
  { name }: SaliencyPeer,
  { fingerprint }: PeerFacts,
): Promise<string> {
  const run = createHash('sha256').update(fingerprint).digest('hex').slice(0, 12);
  const parent = join(maps, name);
  for (const entry of existsSync(parent) ? await readdir(parent) : [])
    if (fresh || entry !== run) await rm(join(parent, entry), { recursive: true, force: true });
  return join(parent, run);
}

function mapPath({ folder }: Present, set: NamedSaliencySet, { id }: SaliencySample): string {
  // Sets of one name may lie in several folders.
  const hash = createHash('sha256').update(resolve(set.folder)).digest('hex').slice(0, 8);
  return join(folder, `${set.id}-${hash}`, `${id}.png`);
}

/** @returns how many maps there are in all */
async function findMaps(
  parts: readonly Part[],
  present: readonly Present[],
  { signal, onProgress }: SaliencyBenchOptions,
): Promise<number> {
  const total = present.length * parts.reduce((sum, { samples }) => sum + samples.length, 0);
  let done = 0;
  for (const entry of present) {
    let session: SaliencyPeerSession | undefined;
    try {
      for (const part of parts) {
        for (const sample of part.samples) {
          signal?.throwIfAborted();
          const path = mapPath(entry, part, sample);
          if (!existsSync(path)) {
            session ??= await entry.peer.open(signal);
            await writeMap(path, (await session.find(sample.image, signal)).map);
          }
          onProgress?.(++done, total, `${entry.peer.title}: ${part.id}`);
        }
      }
    } finally {
      await session?.close();
    }
  }
  return total;
}

async function scorePart(part: Part, entry: Present): Promise<SaliencyBenchSet> {
  const scoring = new SetScoring();
  for (const sample of part.samples)
    await scoring.add(sample, await loadGrayValues(mapPath(entry, part, sample)));
  const { score, curve } = scoring.result();
  return { id: part.id, score, curve };
}

/** The images squashed to `TIMED_SIDE`, as PNG. */
async function squares(samples: readonly SaliencySample[], folder: string): Promise<string[]> {
  const sharp = await loadSharp();
  return Promise.all(
    samples.map(async ({ image }, i) => {
      const path = join(folder, `${i}.png`);
      await sharp(image)
        .autoOrient()
        .toColourspace('srgb')
        .flatten({ background: '#fff' })
        .resize(TIMED_SIDE, TIMED_SIDE, { fit: 'fill' })
        .png()
        .toFile(path);
      return path;
    }),
  );
}

/**
 * The programs take turns image by image, so that what else the machine does hits all of them.
 * @returns for each program the median over the images of the least of the rounds
 */
async function timeTurns(
  present: readonly Present[],
  images: readonly string[],
  onNote: (note: string) => void,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  onNote('time an image');
  const sessions: SaliencyPeerSession[] = [];
  try {
    for (const { peer } of present) {
      const session = await peer.open(signal);
      sessions.push(session);
      for (const image of images.slice(0, 2)) await session.find(image, signal); // warm
    }
    const least = present.map(() => images.map(() => Number.POSITIVE_INFINITY));
    for (let round = 0; round < TIMED_ROUNDS; round++) {
      for (const [i, image] of images.entries()) {
        for (const [k, session] of sessions.entries()) {
          const { seconds } = await session.find(image, signal);
          least[k]![i] = Math.min(least[k]![i]!, seconds);
        }
      }
    }
    return least.map(median);
  } finally {
    for (const session of sessions) await session.close();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function spread<T>(items: readonly T[], count: number): T[] {
  const length = Math.min(count, items.length);
  return Array.from({ length }, (_, i) => items[Math.floor((i * items.length) / length)]!);
}
