/**
 * MobileNetV2 1.0 (Sandler et al. 2018) as graph nodes: inverted residuals of a 1×1 expansion, a depthwise 3×3 and a 1×1
 * projection. Batch normalisation is folded into the convolutions from the start (`backbone-weights.ts`): with frozen
 * statistics it computes the same, and training need not keep its intermediates.
 */
import { GraphBuilder } from '../graph/builder.js';
import type { Graph, ValueId } from '../graph/ir.js';

/** Features of an image of [height, width], at [height, width] / stride, rounded up. */
export interface BackboneTaps {
  readonly stride2: ValueId;
  readonly stride4: ValueId;
  readonly stride8: ValueId;
  readonly stride16: ValueId;
  /** At stride 16 too where the last stage is dilated. */
  readonly stride32: ValueId;
}

export interface BackboneOptions {
  /** 16: the last stage keeps the resolution and dilates its kernels instead (Chen et al. 2017); default 32. */
  readonly lastStride?: 16 | 32;
}

/** Expansion factor, channels out, blocks, stride of the first block. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;
const STEM_CHANNELS = 32;
const LAST_CHANNELS = 1280;
const CLASSES = 1001;

/** Scope below which the params stand: "backbone/expanded_conv_1/expand/weight". */
export const BACKBONE_SCOPE = 'backbone';
/** The first convolution, and the block after `index` others: as the published weights call them. */
export const BACKBONE_STEM = 'Conv';
export const backboneBlock = (index: number) => (index === 0 ? 'expanded_conv' : `expanded_conv_${index}`);

/** @param image [batch, height, width, 3], RGB value / 127.5 − 1. */
export function addBackbone(b: GraphBuilder, image: ValueId, options: BackboneOptions = {}): BackboneTaps {
  const { lastStride = 32 } = options;
  return b.scope(BACKBONE_SCOPE, () => {
    let x = b.relu6(
      b.conv(image, { name: BACKBONE_STEM, filters: STEM_CHANNELS, kernel: [3, 3], strides: [2, 2] }),
    );
    let channels: number = STEM_CHANNELS;
    let stride = 2;
    let dilation = 1;
    let index = 0;
    /** Output of the last block at each stride. */
    const last = new Map<number, ValueId>();
    STAGES.forEach(([expansion, filters, count, firstStride], stage) => {
      for (let block = 0; block < count; block++, index++) {
        const keeps = block > 0 || firstStride === 1;
        const dilates = !keeps && stage === 5 && lastStride === 16;
        const step = keeps || dilates ? 1 : 2;
        const name = backboneBlock(index);
        const y = addBlock(b, x, name, { expansion, filters, step, dilation });
        x = channels === filters && step === 1 ? b.add(x, y, { name: `${name}/add` }) : y;
        stride *= step;
        // The strided convolution itself sees undilated pixels; what follows it is spread.
        if (dilates) dilation = 2;
        channels = filters;
        last.set(stage < 5 ? stride : 32, x);
      }
    });
    const tap = (at: number) => last.get(at)!;
    return { stride2: tap(2), stride4: tap(4), stride8: tap(8), stride16: tap(16), stride32: tap(32) };
  });
}

function addBlock(
  b: GraphBuilder,
  x: ValueId,
  name: string,
  block: { expansion: number; filters: number; step: number; dilation: number },
): ValueId {
  const { expansion, filters, step, dilation } = block;
  return b.scope(name, () => {
    const channels = b.shapeOf(x).at(-1) as number;
    const wide =
      expansion === 1
        ? x
        : b.relu6(b.conv(x, { name: 'expand', filters: channels * expansion, kernel: [1, 1] }));
    const filtered = b.depthwiseConv(wide, {
      name: 'depthwise',
      kernel: [3, 3],
      strides: [step, step],
      dilations: [dilation, dilation],
    });
    return b.conv(b.relu6(filtered), { name: 'project', filters, kernel: [1, 1] });
  });
}

/**
 * The whole classifier, for checking the weights: `image` [batch, height, width, 3] → `Logits` [batch, 1001], class 0 is
 * the background.
 */
export function buildClassifier(): Graph {
  const b = new GraphBuilder('mobilenet-v2');
  const { stride32 } = addBackbone(b, b.input('image', [null, null, null, 3]));
  const logits = b.scope(BACKBONE_SCOPE, () => {
    const wide = b.relu6(b.conv(stride32, { name: 'Conv_1', filters: LAST_CHANNELS, kernel: [1, 1] }));
    return b.dense(b.reduceMean(wide, { axes: [1, 2] }), { name: 'Logits', units: CLASSES });
  });
  return b.finish([logits]);
}
