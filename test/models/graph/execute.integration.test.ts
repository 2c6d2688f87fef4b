import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { type ExecuteOptions, execute } from '../../../models/graph/execute.js';
import { decodeGraph, encodeGraph } from '../../../models/graph/serialize.js';
import { createVariables, withParams } from '../../../models/graph/variables.js';
import { smallModel } from './small-model.js';

beforeAll(async () => {
  await loadEngine();
});

const graph = smallModel();

function image(batch = 2, width = 9): tf.Tensor {
  const random = new Random(1, 'image');
  return tf.tensor(
    Float32Array.from({ length: batch * 8 * width }, () => random.next()),
    [batch, 8, width, 1],
  );
}

function run(options: ExecuteOptions = {}, from = graph): Float32Array {
  return tf.tidy(() => execute(from, { image: image() }, options)[0]!.dataSync() as Float32Array);
}

describe('execute', () => {
  it('gives outputs, then captured values, and frees the rest', () => {
    const before = tf.memory().numTensors;
    const feed = image();
    const results = tf.tidy(() => execute(graph, { image: feed }, { capture: ['stem/conv', 'image'] }));
    expect(results.map((t) => t.shape)).toEqual([
      [2, 9, 5],
      [2, 4, 9, 4],
      [2, 8, 9, 1],
    ]);
    expect(tf.memory().numTensors).toBe(before + 3);
    tf.dispose([...results, feed]);
  });

  it('frees a value as soon as it is dead, but not under a gradient tape', () => {
    const b = new GraphBuilder('chain');
    let x = b.input('x', [null, 4]);
    for (let i = 0; i < 50; i++) x = b.relu(x);
    const chain = b.finish([x]);
    const counts: number[] = [];
    tf.tidy(() => {
      execute(chain, { x: tf.ones([1, 4]) });
      counts.push(tf.memory().numTensors);
      const start = tf.memory().numTensors;
      tf.grad((feed) => execute(chain, { x: feed })[0]!)(tf.ones([1, 4])).dataSync();
      counts.push(tf.memory().numTensors - start);
    });
    expect(counts[0]).toBeLessThan(10);
    const gradient = tf.tidy(() =>
      tf
        .grad((feed) => execute(chain, { x: feed })[0]!)(tf.ones([1, 4]))
        .arraySync(),
    );
    expect(gradient).toEqual([[1, 1, 1, 1]]);
  });

  it('reads variables in place of the params', () => {
    const variables = createVariables(graph);
    expect([...run({ variables })]).toEqual([...run()]);
    variables.get('logits/bias')!.assign(tf.tensor1d([9, 0, 0, 0, 0]));
    expect([...run({ variables })]).not.toEqual([...run()]);
    tf.dispose([...variables.values()]);
  });

  it('transforms every param once, also a shared one', () => {
    const seen: string[] = [];
    const transformParam = (id: string, value: tf.Tensor) => {
      seen.push(id);
      return id === 'first/conv/weight' ? tf.zerosLike(value) : value;
    };
    expect([...run({ transformParam })]).not.toEqual([...run()]);
    expect(seen.toSorted()).toEqual([...graph.params.keys()].toSorted());
  });

  it('transforms values before they flow on', () => {
    const transformValue = (id: string, value: tf.Tensor) => (id === 'logits' ? tf.zerosLike(value) : value);
    for (const value of run({ transformValue })) expect(value).toBeCloseTo(-Math.log(5), 5);
  });

  it('says which feed or value does not fit, and which node fails', () => {
    const code = 'invalid_argument';
    expect(() => execute(graph, {})).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(/"image".*nothing/) }),
    );
    tf.tidy(() => {
      expect(() => execute(graph, { image: tf.zeros([1, 9, 4, 1]) })).toThrow(
        expect.objectContaining({ code }),
      );
      expect(() => execute(graph, { image: image() }, { capture: ['nowhere'] })).toThrow(/nowhere/);
      const b = new GraphBuilder('failing');
      const sum = b.add(b.input('x', [null, 3]), b.input('y', [null, 3]), { name: 'sum' });
      const failing = b.finish([sum]);
      expect(() => execute(failing, { x: tf.zeros([2, 3]), y: tf.zeros([4, 3]) })).toThrow(
        expect.objectContaining({
          code: 'inference_failed',
          message: expect.stringMatching(/"sum" \(Add\)/),
        }),
      );
    });
  });
});

describe('batch normalisation', () => {
  const reported = (options: ExecuteOptions) => {
    const statistics: Record<string, number[]> = {};
    const values = run({
      ...options,
      onStatistics: (id, value, momentum) => {
        statistics[id] = [...value.dataSync(), momentum];
      },
    });
    return { statistics, values };
  };

  it('reports the batch mean and population variance in training, with the momentum', () => {
    const { statistics } = reported({ training: true });
    expect(Object.keys(statistics)).toEqual(['stem/bn/mean', 'stem/bn/variance']);
    const { mean, variance } = tf.tidy(() => {
      const [, conv] = execute(graph, { image: image() }, { capture: ['stem/conv'] });
      const moments = tf.moments(conv!, [0, 1, 2]);
      return { mean: moments.mean.dataSync(), variance: moments.variance.dataSync() };
    });
    statistics['stem/bn/mean']!.forEach((v, i) => {
      expect(v).toBeCloseTo(i === 4 ? 0.99 : mean[i]!, 5);
    });
    statistics['stem/bn/variance']!.forEach((v, i) => {
      expect(v).toBeCloseTo(i === 4 ? 0.99 : variance[i]!, 5);
    });
  });

  it('uses the running statistics outside training and where frozen', () => {
    const plain = run();
    expect(reported({}).statistics).toEqual({});
    const frozen = reported({ training: true, freezeBatchNorm: true });
    expect(frozen.statistics).toEqual({});
    expect([...frozen.values]).toEqual([...plain]);
    expect([...run({ training: true })]).not.toEqual([...plain]);
  });
});

describe('training', () => {
  it('lowers a loss, leaks no tensor over 100 steps, and the weights read back', async () => {
    const variables = createVariables(graph);
    const before = new Map(variables);
    const optimizer = tf.train.adam(0.01);
    const target = tf.oneHot(
      tf.tensor2d(
        [...Array(18).keys()].map((i) => i % 5),
        [2, 9],
        'int32',
      ),
      5,
    );
    const feed = image();
    const step = () =>
      tf.tidy(() => {
        const cost = optimizer.minimize(
          () => {
            const onStatistics = (id: string, value: tf.Tensor1D, momentum: number) => {
              const running = variables.get(id)!;
              running.assign(tf.add(tf.mul(running, momentum), tf.mul(value, 1 - momentum)));
            };
            const [y] = execute(graph, { image: feed }, { variables, training: true, onStatistics });
            return tf.neg(tf.mean(tf.sum(tf.mul(y!, target), -1))) as tf.Scalar;
          },
          true,
          [...variables.values()].filter((v) => v.trainable),
        );
        return cost!.dataSync()[0]!;
      });
    const losses = [step()];
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 100; i++) losses.push(step());
    expect(tf.memory().numTensors).toBe(tensors);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.8);

    const trained = await withParams(graph, variables);
    expect([...run({}, decodeGraph(encodeGraph(trained)))]).toEqual([...run({ variables })]);
    for (const [id, { data, trainable }] of trained.params) {
      expect([id, trainable]).toEqual([id, graph.params.get(id)!.trainable]);
      expect([...data]).not.toEqual([...graph.params.get(id)!.data]);
    }
    expect(before).toEqual(variables);
    optimizer.dispose();
    tf.dispose([...variables.values(), target, feed]);
  });

  it('refuses to read back weights that are not finite', async () => {
    const variables = createVariables(graph);
    variables.get('logits/bias')!.assign(tf.tensor1d([0, Number.NaN, 0, 0, 0]));
    await expect(withParams(graph, variables)).rejects.toMatchObject({ code: 'training_failed' });
    tf.dispose([...variables.values()]);
  });
});
