/**
 * The dense stream: a multi-scale fully convolutional network (Li and Yu 2018). Above the backbone a context module of
 * parallel dilated convolutions (Chen et al. 2017) and the image's mean says roughly where the object is; a top-down path
 * (Lin et al. 2017) brings it back to stride 2. Its convolutions are dense 3×3 with few channels, what int8 kernels run
 * fastest. The context is offered again at every level (Liu et al. 2019, PoolNet), and every level has a side output.
 */
import type { GraphBuilder } from '../graph/builder.js';
import type { ValueId } from '../graph/ir.js';
import type { BackboneTaps } from './backbone.js';
import type { DenseStreamConfig } from './config.js';

export interface DenseStream {
  /** Logits [batch, height / 2, width / 2, 1]. */
  readonly saliency: ValueId;
  /** Logits of the object's outline passing, same size. */
  readonly contour: ValueId;
  /** Logits of saliency at strides 4, 8, 16 and 32 (or 16 again); none in deployment. */
  readonly sides: readonly ValueId[];
  /** What the other parts of the network look at: [batch, height / stride, width / stride, channels]. */
  readonly features: { readonly stride2: ValueId; readonly stride8: ValueId };
}

/** Scope below which the params stand. */
export const DENSE_SCOPE = 'dense';

export function addDenseStream(b: GraphBuilder, taps: BackboneTaps, config: DenseStreamConfig): DenseStream {
  return b.scope(DENSE_SCOPE, () => {
    const { lastStride } = config;
    const context = addContext(b, taps.stride32, config);
    const sides: ValueId[] = [];
    const side = (x: ValueId, at: number) => sides.unshift(logits(b, x, `side${at}`));
    side(context, 32);
    let y = context;
    let stride: number = lastStride;
    const levels = [taps.stride16, taps.stride8, taps.stride4];
    const features: ValueId[] = levels.map((tap, i) => {
      const at = 16 >> i;
      const filters = config.channels[i]!;
      y = b.scope(`level${at}`, () => {
        const below = match(b, y, filters, 'coarse');
        const parts = [unit(b, tap, 'lateral', filters, 1), up(b, below, stride / at)];
        if (i > 0) parts.push(up(b, unit(b, context, 'guide', filters, 1), lastStride / at));
        let z = parts.reduce((sum, part) => b.add(sum, part));
        for (let k = 1; k <= config.mixes[i]!; k++) {
          // The coarse level's last convolution looks further.
          const dilation = i === 0 && k === config.mixes[i] && k > 1 ? 2 : 1;
          const mixed = unit(b, z, `mix${k}`, filters, 3, dilation);
          z = k === 1 ? mixed : b.add(z, mixed);
        }
        return z;
      });
      stride = at;
      side(y, at);
      return y;
    });
    const fine = config.channels[3];
    const [saliency, contour, finest] = b.scope('level2', () => {
      const coarse = up(b, unit(b, y, 'coarse', fine, 1), 2);
      const z = unit(b, b.concat([coarse, unit(b, taps.stride2, 'lateral', 16, 1)]), 'mix1', fine, 3);
      const edge = logits(b, z, 'contour-logits');
      const mixed = unit(b, z, 'mix2', fine, 3);
      return [logits(b, mixed, 'saliency-logits'), edge, mixed];
    });
    return {
      saliency: saliency!,
      contour: contour!,
      sides,
      features: { stride2: finest!, stride8: features[1]! },
    };
  });
}

function addContext(b: GraphBuilder, x: ValueId, config: DenseStreamConfig): ValueId {
  const { context: filters, dilations } = config;
  return b.scope('context', () => {
    const z = unit(b, x, 'in', filters, 1);
    const branches = dilations.map((dilation) => unit(b, z, `dilated${dilation}`, filters, 3, dilation));
    const mean = b.reduceMean(x, { name: 'mean', axes: [1, 2], keepdims: true });
    const image = b.relu(b.conv(mean, { name: 'image', filters, kernel: [1, 1] }));
    const joined = unit(b, b.concat([z, ...branches]), 'join', filters, 1);
    return b.add(joined, image);
  });
}

/** Convolution, batch norm, rectifier. */
function unit(
  b: GraphBuilder,
  x: ValueId,
  name: string,
  filters: number,
  kernel: number,
  dilation = 1,
): ValueId {
  return b.scope(name, () => {
    const y = b.conv(x, {
      name: 'conv',
      filters,
      kernel: [kernel, kernel],
      dilations: [dilation, dilation],
      bias: false,
    });
    return b.relu(b.batchNorm(y, { name: 'norm', momentum: 0.98 }));
  });
}

/** As it is where it has so many channels. */
function match(b: GraphBuilder, x: ValueId, filters: number, name: string): ValueId {
  return b.shapeOf(x).at(-1) === filters ? x : unit(b, x, name, filters, 1);
}

function up(b: GraphBuilder, x: ValueId, factor: number): ValueId {
  return factor === 1 ? x : b.resize(x, { scales: [factor, factor], mode: 'linear' });
}

function logits(b: GraphBuilder, x: ValueId, name: string): ValueId {
  return b.conv(x, { name, filters: 1, kernel: [1, 1] });
}
