/** Samples that have been used, and wait for their next use. */
import type { Random } from '../../models/base/random.js';

/**
 * Keeps `size` samples and gives random ones of them back as others come: each waits for another time, so what comes back
 * is mixed, and as much as came in. (Were all given back at once, samples that are used but once would get no share then.)
 */
export class SecondHand<T> {
  readonly #waiting: T[] = [];
  readonly #size: number;
  readonly #random: Random;

  constructor(size: number, random: Random) {
    this.#size = size;
    this.#random = random;
  }

  add(sample: T): void {
    this.#waiting.push(sample);
  }

  /** Takes out what is too many. */
  *excess(): Generator<T> {
    while (this.#waiting.length > this.#size) {
      const at = this.#random.int(0, this.#waiting.length - 1);
      const last = this.#waiting.pop()!;
      if (at === this.#waiting.length) yield last;
      else yield this.#waiting.splice(at, 1, last)[0]!;
    }
  }
}
