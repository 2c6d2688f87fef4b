/**
 * Fully convolutional decoder: residual convolutions along time. Its view is bounded; it runs on any runtime and quantises
 * whole. Dilated blocks (Yu, Koltun 2016) let it see a word's other letters at no more cost than plain ones.
 */
import type { GraphBuilder } from '../../graph/builder.js';
import type { ValueId } from '../../graph/ir.js';
import { residualBlocks } from '../encoder.js';

/** @returns [batch, time, channels] */
export function convolutionalDecoder(
  b: GraphBuilder,
  frames: ValueId,
  options: {
    readonly channels: number;
    readonly blocks: number;
    readonly kernel: number;
    readonly dilations?: readonly number[] | undefined;
  },
): ValueId {
  const { channels, blocks, kernel, dilations = [] } = options;
  const x = residualBlocks(b, frames, 'time', channels, [1, kernel], blocks, (i) => [
    1,
    dilations[i - 1] ?? 1,
  ]);
  return b.squeeze(x, [1]);
}
