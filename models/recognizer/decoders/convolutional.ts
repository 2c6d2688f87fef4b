/** Fully convolutional decoder: residual convolutions along time. Its view is bounded; it runs on any runtime and quantises whole. */
import type { GraphBuilder } from '../../graph/builder.js';
import type { ValueId } from '../../graph/ir.js';
import { residualBlocks } from '../encoder.js';

/** @returns [batch, time, channels] */
export function convolutionalDecoder(
  b: GraphBuilder,
  frames: ValueId,
  options: { readonly channels: number; readonly blocks: number; readonly kernel: number },
): ValueId {
  const x = residualBlocks(b, frames, 'time', options.channels, [1, options.kernel], options.blocks);
  return b.squeeze(x, [1]);
}
