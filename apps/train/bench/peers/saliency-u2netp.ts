/** U²-Netp (Qin et al. 2020) in ONNX Runtime, with the preprocessing that its authors publish. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PocketlensError } from '../../../../models/base/errors.js';
import type { ColourImage, FloatMap } from '../../../../models/base/image.js';
import { findDataFolder } from '../../../../models/base/paths.js';
import { openSession } from '../../../../models/runtime/session.js';
import { decodePicture } from '../../../files/decode-picture.js';
import { resizeMap } from '../../../saliency/resize-map.js';
import { resizeBilinear } from '../../scoring/saliency/resize-bilinear.js';
import { hashCode } from '../code-hash.js';
import { oneMapCommand } from './saliency-one-command.js';
import type { SaliencyPeer } from './saliency-peer.js';

export interface U2netpOptions {
  readonly threads: number;
  /** The model's file; `backbones/u2netp.onnx` of the data sets when not given. */
  readonly model?: string;
}

const SIDE = 320;
/** What finding maps runs, compiled. */
const CODE = ['apps/files', 'apps/train/bench/peers', 'apps/train/scoring/saliency', 'models/runtime'];
/** Of ImageNet's images, by channel. */
const MEAN = [0.485, 0.456, 0.406] as const;
const DEVIATION = [0.229, 0.224, 0.225] as const;

export function u2netp({ threads, model }: U2netpOptions): SaliencyPeer {
  const locate = (): string => {
    const data = findDataFolder();
    const path = model ?? (data && join(data, 'backbones', 'u2netp.onnx'));
    if (path !== undefined && existsSync(path)) return path;
    throw new PocketlensError(
      'model_not_found',
      'Expected backbones/u2netp.onnx in the data sets but found none.',
      {
        remedy: 'Put U²-Netp as ONNX there, or set POCKETLENS_DATA to the data sets.',
      },
    );
  };
  return {
    name: 'u2netp',
    title: 'U²-Netp',
    async describe() {
      const path = locate();
      const hash = createHash('sha256').update(readFileSync(path));
      hashCode(CODE, hash);
      const fingerprint = `${hash.digest('hex').slice(0, 16)} threads ${threads}`;
      return { version: '', modelBytes: statSync(path).size, fingerprint };
    },
    async open(signal) {
      const session = await openSession(locate(), { threads, ...(signal && { signal }) });
      const [input] = session.inputs;
      const [output] = session.outputs;
      return {
        async find(path, signal) {
          const picture = await decodePicture({ path });
          const start = performance.now();
          const feeds = { [input!.name]: { data: prepare(picture), dims: [1, 3, SIDE, SIDE] } };
          const results = await session.run(feeds, signal ? { signal } : {});
          const found = stretched(results[output!.name]!.data as Float32Array);
          const { width, height } = picture;
          const data = resizeMap(found, width, height);
          return { map: { width, height, data }, seconds: (performance.now() - start) / 1000 };
        },
        close: () => session.dispose(),
      };
    },
    findOne: (image, out) =>
      oneMapCommand({ peer: 'u2netp', threads, image, output: out, ...(model !== undefined && { model }) }),
  };
}

/**
 * Planes of red, green and blue, divided by the image's largest value, then by ImageNet's mean and deviation. The map
 * depends on how the image is resized (sharp's linear kernel costs 0.006 of max-F on PASCAL-S): as Pillow does it.
 */
function prepare({ width, height, data }: ColourImage): Float32Array {
  const planes = MEAN.map((_, channel) => {
    const values = new Uint8Array(width * height);
    for (let i = 0; i < values.length; i++) values[i] = data[3 * i + channel]!;
    return resizeBilinear({ width, height, data: values }, SIDE, SIDE).data;
  });
  let most = 1;
  for (const values of planes) for (const value of values) if (value > most) most = value;
  const tensor = new Float32Array(3 * SIDE * SIDE);
  planes.forEach((values, channel) => {
    const from = channel * values.length;
    for (let i = 0; i < values.length; i++)
      tensor[from + i] = (values[i]! / most - MEAN[channel]!) / DEVIATION[channel]!;
  });
  return tensor;
}

/** From its least to its largest value onto [0, 1]. */
function stretched(values: Float32Array): FloatMap {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const range = Math.max(most - least, 1e-12);
  return { width: SIDE, height: SIDE, data: values.map((value) => (value - least) / range) };
}
