import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { batchNormTrain } from '../../../models/engine/kernels/batch-norm.js';
import { ctcLoss } from '../../../models/engine/kernels/ctc-loss.js';
import { lstm } from '../../../models/engine/kernels/lstm.js';
import { relu } from '../../../models/engine/kernels/relu.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { createAdam } from '../../../models/training/optimizers/adam.js';
import { clipByGlobalNorm } from '../../../models/training/optimizers/clip-by-global-norm.js';

const [BATCH, HEIGHT, WIDTH, CHANNELS, HIDDEN, CLASSES] = [2, 4, 16, 4, 3, 5] as const;

function makeVariables(): Map<string, tf.Variable> {
  const random = new Random(1, 'leak');
  const shapes = {
    filter: [3, 3, 1, CHANNELS],
    scale: [CHANNELS],
    offset: [CHANNELS],
    kernel: [HEIGHT * CHANNELS + HIDDEN, 4 * HIDDEN],
    bias: [4 * HIDDEN],
    output: [HIDDEN, CLASSES],
  };
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = Float32Array.from({ length: size }, () =>
        name === 'scale' ? 1 : random.normal(0, 0.3),
      );
      return [name, tf.variable(tf.tensor(values, shape, 'float32'))];
    }),
  );
}

function forward(variables: ReadonlyMap<string, tf.Variable>, images: tf.Tensor4D): tf.Scalar {
  const get = <T extends tf.Tensor>(name: string) => variables.get(name) as unknown as T;
  const convolved = tf.conv2d(images, get<tf.Tensor4D>('filter'), 1, 'same');
  const { y } = batchNormTrain(convolved, get('scale'), get('offset'), 1e-3);
  const columns = tf.reshape(tf.transpose(relu(y), [0, 2, 1, 3]), [BATCH, WIDTH, HEIGHT * CHANNELS]);
  const h = lstm(columns as tf.Tensor3D, get('kernel'), get('bias'), { reverse: true });
  const logits = tf.matMul(tf.reshape(h, [BATCH * WIDTH, HIDDEN]), get<tf.Tensor2D>('output'));
  const lines = tf.reshape(logits, [BATCH, WIDTH, CLASSES]) as tf.Tensor3D;
  return tf.mean(ctcLoss(lines, [[0, 1, 2], [3]], [WIDTH, WIDTH - 2]));
}

describe('a training step of convolution, batch normalisation, LSTM, CTC, clipping and Adam', () => {
  it('leaves no tensor behind over 100 steps, and learns', async () => {
    const engine = await loadEngine({ quiet: true });
    process.stderr.write(`Leak test runs on: ${engine.backend}.\n`);
    const variables = makeVariables();
    const names = new Map([...variables].map(([name, variable]) => [variable.name, name]));
    const random = new Random(2, 'images');
    const images = tf.tensor4d(
      Float32Array.from({ length: BATCH * HEIGHT * WIDTH }, () => random.next()),
      [BATCH, HEIGHT, WIDTH, 1],
    );
    const adam = createAdam({ learningRate: 0.02, weightDecay: 1e-4 });
    const step = (): number => {
      const loss = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => forward(variables, images), [...variables.values()]);
        const named = new Map(Object.entries(grads).map(([name, grad]) => [names.get(name)!, grad]));
        adam.step(variables, clipByGlobalNorm(named, 1).grads, 0.02);
        return value;
      });
      const value = loss.dataSync()[0]!;
      loss.dispose();
      return value;
    };
    const first = step();
    const before = tf.memory();
    let last = first;
    for (let i = 0; i < 100; i++) last = step();
    const after = tf.memory();
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numDataBuffers).toBe(before.numDataBuffers);
    expect(last).toBeLessThan(first / 2);
    adam.dispose();
    tf.dispose([images, ...variables.values()]);
  });
});
