import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePicture } from '../../../apps/files/decode-picture.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { findDataFolder } from '../../../models/base/paths.js';
import { Random } from '../../../models/base/random.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { SafetensorsTensor } from '../../../models/graph/safetensors.js';
import { openSession, type Session } from '../../../models/runtime/session.js';
import { addBackbone, buildClassifier } from '../../../models/saliency/backbone.js';
import { takeWeights, withBackboneWeights } from '../../../models/saliency/backbone-weights.js';
import { networkInput } from '../../../models/saliency/network-input.js';

const data = findDataFolder();

describe('takeWeights', () => {
  it('folds the batch normalisation: the same numbers as normalising after the convolution', () => {
    const random = new Random(1, 'fold');
    const values = (n: number, low = -1) => Float32Array.from({ length: n }, () => random.range(low, 1));
    const b = new GraphBuilder('one');
    const x = b.input('image', [null, null, null, 3]);
    const graph = b.finish([
      b.scope('backbone', () => b.conv(x, { name: 'Conv', filters: 4, kernel: [1, 1] })),
    ]);
    const [kernel, gamma, beta, mean, variance] = [
      values(12),
      values(4),
      values(4),
      values(4),
      values(4, 0.1),
    ];
    const tensors = new Map<string, SafetensorsTensor>([
      ['Conv/kernel', { dtype: 'F32', shape: [1, 1, 3, 4], data: kernel! }],
      ['Conv/bn_gamma', { dtype: 'F32', shape: [4], data: gamma! }],
      ['Conv/bn_beta', { dtype: 'F32', shape: [4], data: beta! }],
      ['Conv/bn_mean', { dtype: 'F32', shape: [4], data: mean! }],
      ['Conv/bn_var', { dtype: 'F32', shape: [4], data: variance! }],
    ]);
    const folded = takeWeights(graph, { tensors, metadata: {} }).params;
    const weight = folded.get('backbone/Conv/weight')!.data;
    const bias = folded.get('backbone/Conv/bias')!.data;
    const input = [0.3, -0.8, 0.5];
    for (let c = 0; c < 4; c++) {
      const sum = (w: Float32Array) => input.reduce((total, v, i) => total + v * w[i * 4 + c]!, 0);
      const normalised =
        ((sum(kernel!) - mean![c]!) / Math.sqrt(variance![c]! + 1e-3)) * gamma![c]! + beta![c]!;
      expect(sum(weight) + bias[c]!).toBeCloseTo(normalised, 5);
    }
  });

  it('refuses the weights of another network', () => {
    const tensors = new Map([
      ['Conv/kernel', { dtype: 'F32' as const, shape: [3, 3, 3, 16], data: new Float32Array(432) }],
    ]);
    expect(() => takeWeights(buildClassifier(), { tensors, metadata: {} })).toThrow(
      /864 values in the backbone's tensor "Conv\/kernel" but received 432/,
    );
  });
});

describe('addBackbone', () => {
  const shapes = (lastStride: 16 | 32) => {
    const b = new GraphBuilder('taps');
    const taps = addBackbone(b, b.input('image', [1, 256, 320, 3]), { lastStride });
    return Object.values(taps).map((id) => b.shapeOf(id).slice(1));
  };

  it('has taps at strides 2 to 32, the last dilated at stride 16 where asked', () => {
    const finer = [
      [128, 160, 16],
      [64, 80, 24],
      [32, 40, 32],
      [16, 20, 96],
    ];
    expect(shapes(32)).toEqual([...finer, [8, 10, 320]]);
    expect(shapes(16)).toEqual([...finer, [16, 20, 320]]);
  });
});

/** Pictures of the saliency sets in which a person sees one of ImageNet's classes at first sight. */
const SEEN: Readonly<Record<string, string>> = {
  '0005': 'sorrel',
  '0010': 'daisy',
  '0019': 'American black bear',
};

describe.runIf(data)('MobileNetV2 with its published weights (needs POCKETLENS_DATA)', () => {
  let session: Session;
  beforeAll(async () => {
    const file = join(data!, 'backbones', 'mobilenet-v2-1.0-bn.safetensors');
    session = await openSession(exportOnnx(await withBackboneWeights(buildClassifier(), file)));
  });

  it.each(Object.entries(SEEN))('calls picture %s "%s"', async (id, label) => {
    const labels = readFileSync(join(data!, 'backbones', 'imagenet_labels.txt'), 'utf8').split('\n');
    const image = await decodePicture({ path: join(data!, 'saliency/dev/ecssd/images', `${id}.webp`) });
    const feed = { data: networkInput(image, 224).data, dims: [1, 3, 224, 224] };
    const [logits] = Object.values(await session.run({ image: feed }));
    const values = logits!.data as Float32Array;
    const best = values.indexOf(Math.max(...values));
    expect(labels[best]).toContain(label);
  });
});
