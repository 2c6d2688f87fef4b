/**
 * What is kept of a stream of activation values: bounds, mean, and a histogram of fixed size. The bins are a power of two
 * wide and lie on multiples of it; where a value falls outside, pairs of bins are merged, as often as needed. So the
 * result does not depend on the order in which the values come.
 */
import { expected } from '../../models/base/errors.js';

/** Bins on each side of 0. */
const SIDE = 4096;

export class ValueHistogram {
  /** Bin i counts the values of [(i − SIDE) · width, (i − SIDE + 1) · width). */
  readonly counts = new Float64Array(2 * SIDE);
  #width = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;
  #zeros = 0;
  #count = 0;
  /** Bounds of each part that was added, averaged. */
  #average: { low: number; high: number } | undefined;

  /**
   * @param momentum what stays of the averaged bounds when a part is added
   * @throws inference_failed where a value is not finite
   */
  add(values: Float32Array, name: string, momentum = 0.9): void {
    if (values.length === 0) return;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
      // NaN compares with nothing.
      if (Number.isNaN(value)) high = value;
    }
    if (!Number.isFinite(low) || !Number.isFinite(high) || Number.isNaN(high))
      throw expected('inference_failed', 'finite activations', `"${name}"`, 'NaN or infinity');
    this.#least = Math.min(this.#least, low);
    this.#greatest = Math.max(this.#greatest, high);
    const old = this.#average;
    this.#average = old
      ? { low: momentum * old.low + (1 - momentum) * low, high: momentum * old.high + (1 - momentum) * high }
      : { low, high };
    this.#count += values.length;
    this.#fit(Math.max(-low, high));
    this.#fill(values);
  }

  /** Number of values. */
  get size(): number {
    return this.#count;
  }

  /** Values that are exactly 0: they stand in bin `zeroBin` too. */
  get zeros(): number {
    return this.#zeros;
  }

  get zeroBin(): number {
    return SIDE;
  }

  get bounds(): { low: number; high: number } {
    return { low: this.#least, high: this.#greatest };
  }

  get averagedBounds(): { low: number; high: number } {
    return this.#average ?? this.bounds;
  }

  /** Lower edge of a bin. */
  edge(bin: number): number {
    return (bin - SIDE) * this.#width;
  }

  /** Bins that count something. */
  *filled(): Iterable<{ bin: number; centre: number; count: number }> {
    for (let bin = 0; bin < this.counts.length; bin++) {
      const count = this.counts[bin]!;
      if (count > 0) yield { bin, centre: this.edge(bin) + this.#width / 2, count };
    }
  }

  /** Widens the bins until `magnitude` falls into one. */
  #fit(magnitude: number): void {
    if (magnitude === 0) return;
    // The greatest value needs its upper edge above it.
    let width = 2 ** Math.ceil(Math.log2(magnitude / SIDE));
    while (magnitude >= SIDE * width) width *= 2;
    if (this.#width === 0) {
      this.#width = width;
      return;
    }
    while (this.#width < width) this.#merge();
  }

  #merge(): void {
    const merged = new Float64Array(2 * SIDE);
    for (let bin = 0; bin < 2 * SIDE; bin++)
      merged[Math.floor((bin - SIDE) / 2) + SIDE]! += this.counts[bin]!;
    this.counts.set(merged);
    this.#width *= 2;
  }

  #fill(values: Float32Array): void {
    const { counts } = this;
    const perWidth = this.#width > 0 ? 1 / this.#width : 0;
    let zeros = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value === 0) zeros += 1;
      else counts[Math.floor(value * perWidth) + SIDE]! += 1;
    }
    counts[SIDE]! += zeros;
    this.#zeros += zeros;
  }
}
