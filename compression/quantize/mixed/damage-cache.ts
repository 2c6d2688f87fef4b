/** What a scan found, in the user's cache: a second budget, or a scan that was stopped, measures nothing twice. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../models/base/paths.js';

export class DamageCache {
  readonly #file: string;
  readonly #found: Map<string, number>;

  /** @param key names everything that the figures depend on */
  constructor(key: string) {
    this.#file = join(cacheFolder('sensitivity'), `${key}.json`);
    this.#found = new Map(Object.entries(readFigures(this.#file)));
  }

  /** Of several entries of one scan. */
  async of(name: string, measure: () => Promise<number>): Promise<number> {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const damage = await measure();
    this.#found.set(name, damage);
    this.#save();
    return damage;
  }

  /** A cache that cannot be written costs time, and nothing else. */
  #save(): void {
    try {
      mkdirSync(cacheFolder('sensitivity'), { recursive: true });
      const part = `${this.#file}.${process.pid}.part`;
      writeFileSync(part, JSON.stringify(Object.fromEntries(this.#found)));
      renameSync(part, this.#file);
    } catch {}
  }
}

function readFigures(file: string): Record<string, number> {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(found).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
    );
  } catch {
    return {};
  }
}
