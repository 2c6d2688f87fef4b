/**
 * The convolutional encoder: [batch, height, width, 1] → frames [batch, 1, width / 4, channels].
 *
 * Height is halved five times and then gone, width is halved twice: a frame covers four pixels. Dense 3×3 convolutions
 * with few channels, batch norm and ReLU only: what int8 kernels run fastest.
 */
import type { GraphBuilder } from '../graph/builder.js';
import type { ValueId } from '../graph/ir.js';
import type { RecognizerConfig } from './config.js';

export function buildEncoder(b: GraphBuilder, image: ValueId, config: RecognizerConfig): ValueId {
  const [c1, c2, c3, c4, c5] = config.encoder.channels;
  const [blocks2, blocks3, blocks4] = config.encoder.blocks;
  const last = config.preprocessing.height / 16;
  let x = convUnit(b, image, 'stem', c1, [3, 3], [2, 2]);
  x = convUnit(b, x, 'stage2/in', c2, [3, 3], [1, 1]);
  x = residualBlocks(b, x, 'stage2', c2, [3, 3], blocks2);
  x = convUnit(b, x, 'stage3/in', c3, [3, 3], [2, 2]);
  x = residualBlocks(b, x, 'stage3', c3, [3, 3], blocks3);
  x = convUnit(b, x, 'stage4/in', c4, [3, 3], [2, 1]);
  x = residualBlocks(b, x, 'stage4', c4, [3, 3], blocks4);
  x = convUnit(b, x, 'stage5/in', c4, [3, 3], [2, 1]);
  // What is left of the height becomes channels: one kernel as high as the map.
  return convUnit(b, x, 'stage5/frames', c5, [last, 1], [1, 1], 'valid');
}

/** Convolution without bias, batch norm, ReLU. */
export function convUnit(
  b: GraphBuilder,
  x: ValueId,
  name: string,
  filters: number,
  kernel: readonly [number, number],
  strides: readonly [number, number],
  pads: 'same' | 'valid' = 'same',
  dilations: readonly [number, number] = [1, 1],
): ValueId {
  return b.scope(name, () => {
    const y = b.conv(x, { name: 'conv', filters, kernel, strides, dilations, pads, bias: false });
    return b.relu(b.batchNorm(y, { name: 'norm' }));
  });
}

/** x + unit(x), `count` times; block i (from 1) has its taps `dilationsOf(i)` apart. */
export function residualBlocks(
  b: GraphBuilder,
  x: ValueId,
  name: string,
  filters: number,
  kernel: readonly [number, number],
  count: number,
  dilationsOf: (block: number) => readonly [number, number] = () => [1, 1],
): ValueId {
  let y = x;
  for (let i = 1; i <= count; i++) {
    const unit = convUnit(b, y, `${name}/block${i}`, filters, kernel, [1, 1], 'same', dilationsOf(i));
    y = b.add(y, unit);
  }
  return y;
}
