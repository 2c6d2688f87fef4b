/** The weights of the graph that is being made: each constant once in each form, within a bound of memory. */

import { PocketlensError } from '../../../models/base/errors.js';
import { checkEncoding } from '../../../models/graph/check-encoding.js';
import type { Param } from '../../../models/graph/ir.js';
import { type Constant, floats, numbersOf, transposeConstant } from './constant.js';
import { Unsupported } from './errors.js';

/** Weights may take so much more memory than the file: integer codes become floats, shared ones get several forms. */
const GROWTH = 32;
const ALLOWANCE_BYTES = 64 * 2 ** 20;

export class ParamStore {
  readonly #forms = new WeakMap<Constant, Map<string, Param>>();
  readonly #frozen = new WeakMap<Param, Param>();
  readonly #most: number;
  #bytes = 0;

  constructor(fileBytes: number) {
    this.#most = fileBytes * GROWTH + ALLOWANCE_BYTES;
  }

  /** @throws limit_exceeded where a file of this length can't mean so many weights. */
  claim(elements: number): void {
    this.#bytes += elements * 4;
    if (!(this.#bytes <= this.#most)) {
      throw new PocketlensError(
        'limit_exceeded',
        `Expected at most ${this.#most} bytes of weights for an ONNX file of this length but received more.`,
        { remedy: 'Export the model again; this file multiplies its weights.' },
      );
    }
  }

  /** The constant as a param; the same object for equal forms, so that tied weights stay tied. */
  of(constant: Constant, form: string, make: (constant: Constant) => Constant = (c) => c): Param {
    const forms = this.#forms.get(constant) ?? new Map<string, Param>();
    this.#forms.set(constant, forms);
    let param = forms.get(form);
    if (!param) {
      param = this.#make(make(constant));
      forms.set(form, param);
    }
    return param;
  }

  /** With its axes in another order. */
  ordered(constant: Constant, perm: readonly number[]): Param {
    return this.of(constant, `order ${perm.join()}`, (c) => transposeConstant(c, perm));
  }

  /** Values that the file does not hold as such. */
  made(data: Float32Array, shape: readonly number[] = [data.length]): Param {
    return this.#make(floats(data, shape));
  }

  /** The same values, which no optimizer may change. */
  frozen(param: Param): Param {
    let frozen = this.#frozen.get(param);
    if (!frozen) {
      frozen = { ...param, trainable: false };
      this.#frozen.set(param, frozen);
    }
    return frozen;
  }

  #make(constant: Constant): Param {
    const numbers = numbersOf(constant);
    if (!numbers) throw new Unsupported('whose weights are sizes known only at run time');
    this.claim(numbers.length);
    const { dims: shape, encoding } = constant;
    const data = Float32Array.from(numbers);
    const plain: Param = { shape, data, trainable: true };
    if (!encoding) return plain;
    try {
      const encoded = { ...plain, encoding };
      checkEncoding('', encoded);
      return encoded;
    } catch {
      // Scales so small or large that codes can't be told from the values: they count as plain floats.
      return plain;
    }
  }
}
