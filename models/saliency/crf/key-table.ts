/** Numbers the distinct keys it is given 1, 2, 3, … in the order they first come: a hash table with open addressing. */
export class KeyTable {
  /** The keys by their number; index 0 is not used. */
  keys: Float64Array;
  #slots: Int32Array;
  #bits: number;
  #count = 0;

  /** @param bits log2 of the number of slots at first; it grows so that half of them at most are in use */
  constructor(bits = 16) {
    this.#bits = bits;
    this.#slots = new Int32Array(2 ** bits);
    this.keys = new Float64Array(2 ** (bits - 1));
  }

  /** Number of keys so far. */
  get count(): number {
    return this.#count;
  }

  /** @returns the number of the key, 0 where it has none. @param key non-negative integer below 2^53 */
  find(key: number): number {
    return this.#slots[this.#slot(key)]!;
  }

  /** @returns the number of the key, a new one where it had none. @param key non-negative integer below 2^53 */
  add(key: number): number {
    const slot = this.#slot(key);
    const number = this.#slots[slot]!;
    if (number > 0) return number;
    const added = ++this.#count;
    this.#slots[slot] = added;
    this.keys[added] = key;
    if (added + 1 === this.keys.length) this.#grow();
    return added;
  }

  /** Where the key's number is, or the free place where it would be. */
  #slot(key: number): number {
    const slots = this.#slots;
    const keys = this.keys;
    const last = slots.length - 1;
    // Multiplicative hashing: the upper bits of the product depend on all bits of the key's two halves.
    const halves = (key | 0) ^ (key / 4294967296);
    for (let slot = Math.imul(halves, 0x9e3779b1) >>> (32 - this.#bits); ; slot = (slot + 1) & last) {
      const number = slots[slot]!;
      if (number === 0 || keys[number] === key) return slot;
    }
  }

  #grow(): void {
    const keys = this.keys;
    this.#bits++;
    this.#slots = new Int32Array(2 ** this.#bits);
    this.keys = new Float64Array(2 * keys.length);
    for (let number = 1; number <= this.#count; number++) {
      this.#slots[this.#slot(keys[number]!)] = number;
      this.keys[number] = keys[number]!;
    }
  }
}
