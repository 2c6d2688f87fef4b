/** The geometry of convolutions and pools, of images and of rows (one spatial axis, which count as images of height 1). */
import type { Attributes, ValueId } from '../../../../models/graph/ir.js';
import type { Pads, Pair } from '../../../../models/graph/window.js';
import { CHANNELS_LAST } from '../../../perm.js';
import type { Size } from '../constant.js';
import type { DraftParams } from '../draft.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import type { Raising } from '../raising.js';

/** Rows: [batch, channels, time] read as [batch, time, channels]. */
const ROW_CHANNELS_LAST = [0, 2, 1] as const;

export class SpatialInput {
  readonly #node: OnnxNode;
  readonly #raising: Raising;
  /** [batch, height, width, channels] */
  readonly image: ValueId;
  readonly isRow: boolean;
  /** Height and width. */
  readonly sizes: readonly [Size, Size];

  constructor(node: OnnxNode, raising: Raising) {
    this.#node = node;
    this.#raising = raising;
    const input = node.need(0);
    const rank = raising.rank(input);
    if (rank !== 3 && rank !== 4) throw new Unsupported(`of rank ${rank}`);
    this.isRow = rank === 3;
    if (this.isRow) {
      const row = raising.read(input, ROW_CHANNELS_LAST);
      this.image = raising.emit('Unsqueeze', [row], { axes: [1] });
    } else this.image = raising.read(input, CHANNELS_LAST);
    const [, height, width] = raising.draft.sizes(this.image);
    this.sizes = [height!, width!];
  }

  /** Two numbers out of one for a row. */
  pair(name: string, fallback: number): Pair {
    const list = this.#node.ints(name);
    const ofRow = name === 'output_padding' ? 0 : 1;
    if (!list?.length) return this.isRow ? [ofRow, fallback] : [fallback, fallback];
    const pair = this.isRow ? [ofRow, ...list] : list;
    if (pair.length !== 2 || pair.some((n) => n < 0)) throw this.#fault(name, list);
    return pair as unknown as Pair;
  }

  kernel(fallback?: Pair): Pair {
    const kernel = this.#node.ints('kernel_shape');
    if (!kernel?.length && fallback) return fallback;
    const pair = this.isRow ? [1, ...(kernel ?? [])] : (kernel ?? []);
    if (pair.length !== 2 || pair.some((n) => n < 1)) throw this.#fault('kernel_shape', kernel ?? []);
    return pair as unknown as Pair;
  }

  /** [top, left, bottom, right] */
  explicitPads(): readonly [number, number, number, number] {
    const list = this.#node.ints('pads');
    if (!list?.length) return [0, 0, 0, 0];
    const pads = this.isRow ? [0, list[0], 0, list[1]] : list;
    if (pads.length !== 4 || (this.isRow && list.length !== 2)) throw this.#fault('pads', list);
    if (pads.some((n) => !(n! >= 0))) throw new Unsupported('with negative pads');
    return pads as unknown as readonly [number, number, number, number];
  }

  autoPad(): 'NOTSET' | 'VALID' | 'SAME_UPPER' | 'SAME_LOWER' {
    const auto = this.#node.string('auto_pad', 'NOTSET') || 'NOTSET';
    if (auto === 'NOTSET' || auto === 'VALID' || auto === 'SAME_UPPER' || auto === 'SAME_LOWER') return auto;
    throw new Unsupported(`with auto_pad ${auto}`);
  }

  /** Pixels that "same" adds along an axis; undefined where it depends on a size that only a run tells. */
  sameTotal(axis: 0 | 1, reach: number, stride: number): number | undefined {
    const size = this.sizes[axis];
    if (typeof size === 'number') return Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
    return stride === 1 ? reach - 1 : undefined;
  }

  pads(kernel: Pair, strides: Pair, dilations: Pair = [1, 1]): Pads {
    if (strides.some((n) => n < 1)) throw this.#fault('strides', strides);
    const auto = this.autoPad();
    if (auto === 'VALID') return 'valid';
    if (auto === 'SAME_UPPER') return 'same';
    if (auto === 'NOTSET') {
      const pads = this.explicitPads();
      return pads.every((n) => n === 0) ? 'valid' : pads;
    }
    const [vertical, horizontal] = ([0, 1] as const).map((axis) =>
      this.sameTotal(axis, (kernel[axis] - 1) * dilations[axis] + 1, strides[axis]),
    );
    if (vertical === undefined || horizontal === undefined)
      throw new Unsupported('with auto_pad SAME_LOWER and a size known only at run time');
    const begin = [Math.ceil(vertical / 2), Math.ceil(horizontal / 2)] as const;
    return [begin[0], begin[1], vertical - begin[0], horizontal - begin[1]];
  }

  /** Gives the node's output. */
  result(op: string, input: ValueId, attrs: Attributes, params: DraftParams = {}): void {
    const output = this.#node.outputs[0]!;
    if (!this.isRow) {
      this.#raising.result(output, op, [input], attrs, CHANNELS_LAST, params);
      return;
    }
    const image = this.#raising.emit(op, [input], attrs, params);
    this.#raising.result(output, 'Squeeze', [image], { axes: [1] }, ROW_CHANNELS_LAST);
  }

  #fault(name: string, value: readonly unknown[]): Error {
    return corrupt(
      `Node "${this.#node.name}" (${this.#node.op}): Expected other ${name} but received [${value.join(', ')}].`,
    );
  }
}
