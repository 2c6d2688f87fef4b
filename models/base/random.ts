/**
 * Seeded random numbers: sfc32 (Chris Doty-Humphrey's small fast counting generator), seeded through a 32-bit mix of
 * strings and numbers. The same seed gives the same sequence on every platform, so every rendered image and every
 * training step can be made again.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param keys what the sequence depends on, e.g. `new Random(seed, 'line', index)`. */
  constructor(...keys: (number | string)[]) {
    let h1 = 0x9e3779b9;
    let h2 = 0x85ebca6b;
    const mix = (value: number) => {
      h1 = Math.imul(h1 ^ value, 0x85ebca77);
      h1 ^= h1 >>> 15;
      h2 = Math.imul(h2 ^ h1, 0xc2b2ae3d);
      h2 ^= h2 >>> 13;
    };
    for (const key of keys) {
      if (typeof key === 'number') {
        mix(key | 0);
        mix(Math.floor(key / 4294967296) | 0);
      } else {
        for (let i = 0; i < key.length; i++) mix(key.charCodeAt(i));
        mix(key.length ^ 0x5bd1e995);
      }
    }
    this.#a = h1;
    this.#b = h2;
    this.#c = h1 ^ Math.imul(h2, 0x27d4eb2f);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return (t >>> 0) / 4294967296;
  }

  /** Uniform in [low, high). */
  range(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Uniform integer in [low, high], both ends included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.next() < p;
  }

  /** One element, uniformly. The list must not be empty. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }

  /** One of the keys, with probability proportional to its weight. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return entries[entries.length - 1]![0];
  }

  /** Normally distributed (Box–Muller). */
  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.next());
  }

  /** Shuffles in place (Fisher–Yates) and returns the list. */
  shuffle<T>(list: T[]): T[] {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [list[i], list[j]] = [list[j] as T, list[i] as T];
    }
    return list;
  }
}
