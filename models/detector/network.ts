/**
 * The detector's graph: a small U-shaped fully convolutional network (Ronneberger et al. 2015; Lin et al. 2017, feature
 * pyramids) of dense 3×3 convolutions with few channels, batch norm and ReLU: what int8 kernels run fastest.
 *
 * Input `image` [batch, height, width, 1], sides multiples of 32, grey value / 127.5 − 1.
 * Outputs: `core` [batch, height / 2, width / 2, 1], raw scores (logits) of a pixel belonging to the middle band of a
 * line; `geometry` [batch, height / 4, width / 4, 4]: distances to the line's top and bottom edge along its normal as
 * ln(1 + pixels / 4), then cos 2θ and sin 2θ of the line's direction θ.
 */
import { GraphBuilder } from '../graph/builder.js';
import type { Graph, ValueId } from '../graph/ir.js';
import type { DetectorConfig } from './config.js';
import { CORE_STRIDE, GEOMETRY_CHANNELS, GEOMETRY_STRIDE } from './maps.js';

export function buildDetector(config: DetectorConfig, seed = 1): Graph {
  const { stem, stemStride, channels, blocks, decoder } = config.network;
  const b = new GraphBuilder('detector', { seed });
  const image = b.input('image', [null, null, null, 1]);
  const unit = (x: ValueId, name: string, filters: number, kernel = 3, stride = 1) =>
    b.scope(name, () => {
      const y = b.conv(x, {
        name: 'conv',
        filters,
        kernel: [kernel, kernel],
        strides: [stride, stride],
        pads: 'same',
        bias: false,
      });
      return b.relu(b.batchNorm(y, { name: 'norm' }));
    });

  // At half of the page's size a layer in float takes as long as a third of the network in 8 bits: a stem may skip it.
  let x = stemStride ? unit(image, 'stem', stem, 8, stemStride) : unit(image, 'stem', stem, 5, 2);
  const levels: ValueId[] = [];
  channels.forEach((filters, level) => {
    const name = `stride${4 << level}`;
    x = unit(x, `${name}/in`, filters, 3, level === 0 && stemStride ? 1 : 2);
    for (let i = 1; i <= (blocks[level] ?? 0); i++) x = b.add(x, unit(x, `${name}/block${i}`, filters));
    levels.push(x);
  });

  // Top-down: each level is brought to the next one's channels at the coarse size (cheaper), doubled, added, mixed.
  let y = unit(levels[3]!, 'top', decoder[2], 1);
  for (const level of [2, 1, 0]) {
    const filters = decoder[level]!;
    const name = `down${4 << level}`;
    const coarse = level === 2 ? y : unit(y, `${name}/coarse`, filters, 1);
    const fine = unit(levels[level]!, `${name}/lateral`, filters, 1);
    y = unit(b.add(fine, b.resize(coarse, { scales: [2, 2], mode: 'nearest' })), `${name}/mix`, filters);
  }

  const head = (name: string, filters: number) => b.conv(y, { name, filters, kernel: [1, 1] });
  const step = GEOMETRY_STRIDE / CORE_STRIDE;
  const core = b.depthToSpace(head('core-cells', step * step), { name: 'core', blocksize: step });
  const geometry = head('geometry', GEOMETRY_CHANNELS);
  return b.finish([core, geometry], { task: 'detector', config });
}
