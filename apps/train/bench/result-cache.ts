/** What a bench has found so far, in files, so that an interrupted one goes on where it ended. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { writeFileWhole } from '../../files/write-file.js';
import type { PeerReading } from './peers/peer.js';

const readingSchema = z.object({
  text: z.string(),
  seconds: z.number(),
  cpuSeconds: z.number().optional(),
});
const costSchema = z.object({
  startUpSeconds: z.number().optional(),
  peakBytes: z.number().optional(),
});
export type PeerCost = z.infer<typeof costSchema>;

/** Entries hold for one fingerprint of a program: with another one they are as if they were not there. */
export class ResultCache {
  readonly #folder: string;
  readonly #fresh: boolean;

  /** @param fresh start over: nothing that is there counts. */
  constructor(folder: string, { fresh = false }: { readonly fresh?: boolean } = {}) {
    this.#folder = folder;
    this.#fresh = fresh;
    mkdirSync(folder, { recursive: true });
  }

  /** Readings by file name. */
  readings(peer: string, fingerprint: string, setFolder: string): Map<string, PeerReading> {
    const entry = this.#load(this.#path(peer, setFolder), fingerprint);
    const readings = z.record(z.string(), readingSchema).safeParse(entry);
    if (!readings.success) return new Map();
    return new Map(
      Object.entries(readings.data).map(([file, { text, seconds, cpuSeconds }]) => [
        file,
        { text, seconds, ...(cpuSeconds !== undefined && { cpuSeconds }) },
      ]),
    );
  }

  async saveReadings(
    peer: string,
    fingerprint: string,
    setFolder: string,
    readings: ReadonlyMap<string, PeerReading>,
  ): Promise<void> {
    await save(this.#path(peer, setFolder), fingerprint, Object.fromEntries(readings));
  }

  cost(peer: string, fingerprint: string): PeerCost | undefined {
    const cost = costSchema.safeParse(this.#load(join(this.#folder, `${peer}.cost.json`), fingerprint));
    return cost.success ? cost.data : undefined;
  }

  async saveCost(peer: string, fingerprint: string, cost: PeerCost): Promise<void> {
    await save(join(this.#folder, `${peer}.cost.json`), fingerprint, cost);
  }

  #path(peer: string, setFolder: string): string {
    // Sets of one name may lie in several folders.
    const hash = createHash('sha256').update(setFolder).digest('hex').slice(0, 8);
    return join(this.#folder, `${peer}.${basename(setFolder)}-${hash}.json`);
  }

  /** undefined too where the file is damaged: what it held is found anew. */
  #load(path: string, fingerprint: string): unknown {
    if (this.#fresh) return undefined;
    try {
      const entry = JSON.parse(readFileSync(path, 'utf8')) as { fingerprint?: unknown; content?: unknown };
      return entry.fingerprint === fingerprint ? entry.content : undefined;
    } catch {
      return undefined;
    }
  }
}

async function save(path: string, fingerprint: string, content: unknown): Promise<void> {
  await writeFileWhole(path, `${JSON.stringify({ fingerprint, content })}\n`);
}
