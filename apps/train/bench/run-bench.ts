/** Several programs read the same images in turns; what they read is scored, what it costs is measured. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { PocketlensError } from '../../../models/base/errors.js';
import { loadSharp } from '../../files/decode-image.js';
import { type LabelledSet, loadLabels } from '../scoring/labels.js';
import { type SetScore, scoreSet } from '../scoring/score.js';
import { isAbsence, type Peer, type PeerFacts, type PeerReading, type PeerSession } from './peers/peer.js';
import { runProcess } from './process.js';
import type { PeerCost, ResultCache } from './result-cache.js';
import { limitSamples, type NamedSet, SET_KINDS, type SetKind } from './sets.js';

export interface BenchOptions {
  readonly peers: readonly Peer[];
  readonly sets: readonly NamedSet[];
  /** Most images of a set, spread over it. */
  readonly limit?: number;
  readonly threads: number;
  readonly cache: ResultCache;
  readonly signal?: AbortSignal;
  /** How far it is: readings that are there and that there will be. */
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

export interface BenchSet {
  readonly id: string;
  readonly kind: SetKind;
  readonly score: SetScore;
  /** Means over the images. */
  readonly seconds: number;
  readonly cpuSeconds?: number;
}

export interface Absence {
  /** For a cell of a table. */
  readonly what: 'not installed' | 'no models';
  readonly reason: string;
}

export interface BenchPeer extends PeerCost {
  readonly name: string;
  readonly title: string;
  /** Set where it could not be run; then nothing else is known. */
  readonly absent?: Absence;
  readonly version?: string;
  readonly modelBytes?: number;
  readonly sets: readonly BenchSet[];
}

export interface BenchResult {
  readonly threads: number;
  readonly limit?: number;
  readonly machine: { readonly processor: string; readonly cores: number };
  readonly peers: readonly BenchPeer[];
}

/** Images that a program reads before it is the next one's turn. */
const TURN = { lines: 32, words: 64, pages: 3 } as const satisfies Record<SetKind, number>;
const STARTS = 5;
/** A4 at 200 dots an inch. */
const A4 = { width: 1654, height: 2339 };

interface Present {
  readonly peer: Peer;
  readonly facts: PeerFacts;
  readonly readings: Map<string, Map<string, PeerReading>>;
}

interface Part extends NamedSet {
  readonly labels: LabelledSet;
}

/** @throws data_missing, invalid_data, inference_failed, interrupted. A program that is not installed is no error. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { cache, limit, signal } = options;
  const parts = options.sets.map(
    (set): Part => ({ ...set, labels: limitSamples(loadLabels(set.folder), limit) }),
  );
  const absent = new Map<Peer, Absence>();
  const present: Present[] = [];
  for (const peer of options.peers) {
    try {
      const facts = await peer.describe(signal);
      const readings = new Map(
        parts.map(
          ({ id, folder }) => [id, cache.readings(peer.name, facts.fingerprint, resolve(folder))] as const,
        ),
      );
      present.push({ peer, facts, readings });
    } catch (error) {
      if (!(error instanceof PocketlensError) || !isAbsence(error)) throw error;
      const what = error.code === 'tool_missing' ? 'not installed' : 'no models';
      absent.set(peer, { what, reason: `${error.message}${error.remedy ? ` ${error.remedy}` : ''}` });
    }
  }
  for (const kind of SET_KINDS) {
    await readKind(
      parts.filter((part) => part.kind === kind),
      kind,
      present,
      parts,
      options,
    );
  }
  const costs = await measureCosts(parts, present, options);
  const peers = options.peers.map((peer): BenchPeer => {
    const { name, title } = peer;
    const found = present.find((entry) => entry.peer === peer);
    if (!found) return { name, title, absent: absent.get(peer)!, sets: [] };
    const { version, modelBytes } = found.facts;
    const sets = parts.map((part) => summarise(part, found.readings.get(part.id)!));
    return { name, title, version, modelBytes, ...costs.get(peer), sets };
  });
  return {
    threads: options.threads,
    ...(limit !== undefined && { limit }),
    machine: { processor: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism() },
    peers,
  };
}

async function readKind(
  own: readonly Part[],
  kind: SetKind,
  present: readonly Present[],
  all: readonly Part[],
  { cache, signal, onProgress }: BenchOptions,
): Promise<void> {
  const sessions = new Map<Peer, PeerSession>();
  const report = (note: string) => {
    const samples = all.reduce((sum, { labels }) => sum + labels.samples.length, 0);
    const missing = present.reduce(
      (sum, { readings }) => sum + all.reduce((n, part) => n + unread(part, readings).length, 0),
      0,
    );
    onProgress?.(samples * present.length - missing, samples * present.length, note);
  };
  try {
    let turn = 0;
    for (const part of own) {
      const { id, labels } = part;
      for (let i = 0; i < labels.samples.length; i += TURN[kind]) {
        const chunk = { ...part, labels: { ...labels, samples: labels.samples.slice(i, i + TURN[kind]) } };
        // Whoever comes first in one turn comes last in the next.
        for (let k = 0; k < present.length; k++) {
          const { peer, facts, readings } = present[(k + turn) % present.length]!;
          const files = unread(chunk, readings);
          if (files.length === 0) continue;
          report(`${peer.title}: ${id}`);
          const session = sessions.get(peer) ?? (await peer.open(kind, signal));
          sessions.set(peer, session);
          const read = await session.read(
            files.map(({ path }) => path),
            signal,
          );
          const known = readings.get(id)!;
          files.forEach(({ file }, j) => {
            known.set(file, read[j]!);
          });
          await cache.saveReadings(peer.name, facts.fingerprint, resolve(part.folder), known);
        }
        turn++;
      }
    }
  } finally {
    for (const session of sessions.values()) await session.close();
  }
}

function unread({ id, labels }: Part, readings: Present['readings']) {
  const known = readings.get(id);
  return labels.samples.filter(({ file }) => !known?.has(file));
}

function summarise({ id, kind, labels }: Part, known: ReadonlyMap<string, PeerReading>): BenchSet {
  const readings = labels.samples.map(({ file }) => known.get(file)!);
  const texts = new Map(labels.samples.map(({ file }, i) => [file, readings[i]!.text]));
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const cpu = readings.flatMap(({ cpuSeconds }) => (cpuSeconds === undefined ? [] : [cpuSeconds]));
  return {
    id,
    kind,
    score: scoreSet(labels, texts),
    seconds: mean(readings.map(({ seconds }) => seconds)),
    ...(cpu.length === readings.length && { cpuSeconds: mean(cpu) }),
  };
}

/** Start-up and memory, each from processes of its own. */
async function measureCosts(
  parts: readonly Part[],
  present: readonly Present[],
  { cache, signal, onProgress }: BenchOptions,
): Promise<Map<Peer, PeerCost>> {
  const costs = new Map<Peer, PeerCost>();
  const page = parts.find(({ kind }) => kind === 'pages') ?? parts[0];
  const source = page?.labels.samples[0]?.path;
  const keyOf = ({ facts }: Present) => `${facts.fingerprint} ${basename(source ?? '')}`;
  const unknown: Present[] = [];
  for (const entry of present) {
    const known = cache.cost(entry.peer.name, keyOf(entry));
    if (known) costs.set(entry.peer, known);
    else unknown.push(entry);
  }
  if (unknown.length === 0 || source === undefined) return costs;
  const folder = await mkdtemp(join(tmpdir(), 'pocketlens-bench-'));
  try {
    const large = join(folder, 'page.png');
    const small = join(folder, 'small.png');
    const sharp = await loadSharp();
    await sharp(source)
      .greyscale()
      .resize({ ...A4, fit: 'contain', background: '#fff' })
      .png()
      .toFile(large);
    // A few lines from the top of the same page, as it would be on a screen.
    await sharp(large).resize(800).extract({ left: 0, top: 60, width: 800, height: 200 }).png().toFile(small);
    const total = present.length * parts.reduce((sum, { labels }) => sum + labels.samples.length, 0);
    const run = async (peer: Peer, image: string, memory: boolean) => {
      onProgress?.(total, total, `${peer.title}: ${memory ? 'memory' : 'start-up'}`);
      const result = await runProcess(peer.readOne(image), { signal, memory });
      if (result.code === 0) return result;
      const said = result.stderr.trim().split('\n').at(-1) ?? '';
      throw new PocketlensError(
        'inference_failed',
        `Expected ${peer.title} to read an image but it failed: ${said}`,
      );
    };
    const starts = new Map(unknown.map(({ peer }) => [peer, Number.POSITIVE_INFINITY]));
    for (let i = 0; i < STARTS; i++) {
      for (const { peer } of unknown) {
        starts.set(peer, Math.min(starts.get(peer)!, (await run(peer, small, false)).seconds));
      }
    }
    for (const entry of unknown) {
      const { peer } = entry;
      const { peakBytes } = await run(peer, large, true);
      const cost = { startUpSeconds: starts.get(peer)!, ...(peakBytes !== undefined && { peakBytes }) };
      costs.set(peer, cost);
      await cache.saveCost(peer.name, keyOf(entry), cost);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return costs;
}
