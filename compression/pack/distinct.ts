/** Arrays of few distinct numbers, told from others at once. */

/** Slots of the table that is looked in: four times as many as it may take. */
const SPARE = 4;

export interface Distinct {
  /** Ascending. */
  readonly values: Uint32Array;
  /** For each element, which of the values it is. */
  readonly symbols: Uint8Array;
}

/** @param most a power of two, at most 256. @returns undefined where there are more distinct values than `most`. */
export function distinctOf(numbers: Uint32Array, most: number): Distinct | undefined {
  const slots = new Uint32Array(SPARE * most);
  const taken = new Uint8Array(slots.length);
  const mask = slots.length - 1;
  // Open addressing; the hash is Knuth's multiplicative one.
  const slotOf = (value: number): number => {
    let slot = (Math.imul(value, 0x9e3779b1) >>> 16) & mask;
    while (taken[slot] === 1 && slots[slot] !== value) slot = (slot + 1) & mask;
    return slot;
  };
  const found: number[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    const slot = slotOf(value);
    if (taken[slot] === 1) continue;
    if (found.length === most) return undefined;
    found.push(value);
    taken[slot] = 1;
    slots[slot] = value;
  }
  const values = Uint32Array.from(found).sort();
  const symbolAt = new Uint8Array(slots.length);
  values.forEach((value, symbol) => {
    symbolAt[slotOf(value)] = symbol;
  });
  const symbols = new Uint8Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) symbols[i] = symbolAt[slotOf(numbers[i]!)]!;
  return { values, symbols };
}
