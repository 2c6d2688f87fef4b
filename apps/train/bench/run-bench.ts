/** Several programs read the same images in turns; what they read is scored, what it costs is measured. */
import { basename, join, resolve } from 'node:path';
import { loadSharp } from '../../files/decode-image.js';
import { type LabelledSet, loadLabels } from '../scoring/labels.js';
import { type SetScore, scoreSet } from '../scoring/score.js';
import { type Absence, describePeers } from './describe-peers.js';
import { type Machine, thisMachine } from './machine.js';
import { measureCosts } from './measure-costs.js';
import type { Peer, PeerFacts, PeerReading, PeerSession } from './peers/peer.js';
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
  readonly machine: Machine;
  readonly peers: readonly BenchPeer[];
}

/** Images that a program reads before it is the next one's turn. */
const TURN = { lines: 32, words: 64, pages: 3 } as const satisfies Record<SetKind, number>;
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
  const { present: found, absent } = await describePeers(options.peers, signal);
  const present = found.map(({ peer, facts }): Present => {
    const known = ({ folder }: Part) => cache.readings(peer.name, facts.fingerprint, resolve(folder));
    return { peer, facts, readings: new Map(parts.map((part) => [part.id, known(part)])) };
  });
  for (const kind of SET_KINDS) {
    await readKind(
      parts.filter((part) => part.kind === kind),
      kind,
      present,
      parts,
      options,
    );
  }
  const costs = await costsOf(parts, present, options);
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
    machine: thisMachine(),
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

/** On an A4 page, and for the start-up on a few lines from its top. */
async function costsOf(
  parts: readonly Part[],
  present: readonly Present[],
  { cache, signal, onProgress }: BenchOptions,
): Promise<Map<Peer, PeerCost>> {
  const page = parts.find(({ kind }) => kind === 'pages') ?? parts[0];
  const source = page?.labels.samples[0]?.path;
  if (source === undefined) return new Map();
  const subjects = present.map(({ peer, facts }) => ({
    name: peer.name,
    title: peer.title,
    key: `${facts.fingerprint} ${basename(source)}`,
    command: (image: string) => peer.readOne(image),
  }));
  const total = present.length * parts.reduce((sum, { labels }) => sum + labels.samples.length, 0);
  const makeImages = async (folder: string) => {
    const large = join(folder, 'page.png');
    const small = join(folder, 'small.png');
    const sharp = await loadSharp();
    await sharp(source)
      .greyscale()
      .resize({ ...A4, fit: 'contain', background: '#fff' })
      .png()
      .toFile(large);
    // As it would be on a screen.
    await sharp(large).resize(800).extract({ left: 0, top: 60, width: 800, height: 200 }).png().toFile(small);
    return { small, large };
  };
  const costs = await measureCosts(subjects, cache, makeImages, {
    signal,
    onNote: (note) => onProgress?.(total, total, note),
  });
  return new Map(present.map(({ peer }, i) => [peer, costs[i]!]));
}
