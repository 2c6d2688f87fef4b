/**
 * The Gaussian of position alone as a pairwise kernel, symmetrically normalised. Exact but for float32 and its tails, cut
 * off at 3.5 standard deviations. It is separable, and so is the normalisation: one pass along rows, one along columns.
 */
const TAIL = 3.5;
/** Rows that are filtered side by side: the processor has work while it waits for sums. */
const ROWS = 4;

export class SmoothnessKernel {
  readonly #columns: Axis;
  readonly #rows: Axis;
  readonly #between: Float32Array;

  /** @param deviation standard deviation in pixels */
  constructor(width: number, height: number, deviation: number) {
    this.#columns = new Axis(width, deviation);
    this.#rows = new Axis(height, deviation);
    this.#between = new Float32Array(width * height);
  }

  /** @param values one number a pixel. @param out receives one number a pixel; may be `values` */
  filter(values: Float32Array, out: Float32Array): void {
    this.#columns.filter(values, this.#between);
    this.#rows.filter(this.#between, out);
  }
}

class Axis {
  readonly #length: number;
  /** The kernel at distances 0, 1, 2, … */
  readonly #taps: Float64Array;
  /** For each place 1 / sqrt of the sum of the kernel over all places. */
  readonly #norms: Float64Array;
  /** [padded length, ROWS]; the padding stays 0. */
  readonly #window: Float64Array;

  constructor(length: number, deviation: number) {
    const radius = Math.min(Math.ceil(TAIL * deviation), length - 1);
    this.#length = length;
    this.#taps = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp(-0.5 * (i / deviation) ** 2));
    this.#norms = new Float64Array(length);
    for (let place = 0; place < length; place++) {
      let sum = 0;
      for (let distance = 0; distance <= radius; distance++) {
        if (place >= distance) sum += this.#taps[distance]!;
        if (distance > 0 && place + distance < length) sum += this.#taps[distance]!;
      }
      this.#norms[place] = 1 / Math.sqrt(sum);
    }
    this.#window = new Float64Array(ROWS * (length + 2 * radius));
  }

  /** Filters each row and writes it as a column of `out`: done along both axes, the image stands upright again. */
  filter(values: Float32Array, out: Float32Array): void {
    const height = values.length / this.#length;
    for (let first = 0; first < height; first += ROWS) {
      const count = Math.min(ROWS, height - first);
      this.#load(values, first, count);
      if (count === ROWS) this.#filterFour(out, first, height);
      else this.#filterFew(out, first, height, count);
    }
  }

  #load(values: Float32Array, first: number, count: number): void {
    const radius = this.#taps.length - 1;
    for (let row = 0; row < count; row++) {
      const from = (first + row) * this.#length;
      for (let x = 0, to = ROWS * radius + row; x < this.#length; x++, to += ROWS)
        this.#window[to] = values[from + x]! * this.#norms[x]!;
    }
  }

  #filterFour(out: Float32Array, first: number, height: number): void {
    const taps = this.#taps;
    const window = this.#window;
    const radius = taps.length - 1;
    for (let x = 0; x < this.#length; x++) {
      const centre = ROWS * (x + radius);
      let a = taps[0]! * window[centre]!;
      let b = taps[0]! * window[centre + 1]!;
      let c = taps[0]! * window[centre + 2]!;
      let d = taps[0]! * window[centre + 3]!;
      for (let i = 1, l = centre - ROWS, r = centre + ROWS; i <= radius; i++, l -= ROWS, r += ROWS) {
        const tap = taps[i]!;
        a += tap * (window[l]! + window[r]!);
        b += tap * (window[l + 1]! + window[r + 1]!);
        c += tap * (window[l + 2]! + window[r + 2]!);
        d += tap * (window[l + 3]! + window[r + 3]!);
      }
      const norm = this.#norms[x]!;
      const at = x * height + first;
      out[at] = a * norm;
      out[at + 1] = b * norm;
      out[at + 2] = c * norm;
      out[at + 3] = d * norm;
    }
  }

  #filterFew(out: Float32Array, first: number, height: number, count: number): void {
    const taps = this.#taps;
    const radius = taps.length - 1;
    for (let row = 0; row < count; row++) {
      for (let x = 0; x < this.#length; x++) {
        const centre = ROWS * (x + radius) + row;
        let sum = taps[0]! * this.#window[centre]!;
        for (let i = 1; i <= radius; i++)
          sum += taps[i]! * (this.#window[centre - ROWS * i]! + this.#window[centre + ROWS * i]!);
        out[x * height + first + row] = sum * this.#norms[x]!;
      }
    }
  }
}
