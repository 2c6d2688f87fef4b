import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { attribute, execute, isNative, toInt64 } from '../../../models/engine/native.js';

afterEach(() => void vi.restoreAllMocks());

describe('loadEngine', () => {
  it('gives the module that everybody imports, ready to compute and differentiate', async () => {
    const engine = await loadEngine({ quiet: true });
    process.stderr.write(`Engine test runs on: ${engine.backend}.\n`);
    expect(engine.tf.engine()).toBe(tf.engine());
    expect(engine.version).toMatch(/^(TensorFlow \d+\.\d+\.\d+ \()?tfjs \d/);
    expect(isNative()).toBe(engine.backend !== 'portable');
    const gradient = tf.tidy(() =>
      tf.grad((x) => tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, tf.ones([1, 1, 1, 1]), 1, 'same'))))(
        tf.ones([1, 2, 2, 1]),
      ),
    );
    expect([...gradient.dataSync()]).toEqual([2, 2, 2, 2]);
  });

  it('switches to the portable backend and back', async () => {
    const warn = vi.spyOn(console, 'warn');
    const best = await loadEngine({ quiet: true });
    expect((await loadEngine({ backend: 'portable' })).backend).toBe('portable');
    expect(isNative()).toBe(false);
    expect([...tf.add(tf.ones([2]), 1).dataSync()]).toEqual([2, 2]);
    expect((await loadEngine({ quiet: true })).backend).toBe(best.backend);
    expect(warn).not.toHaveBeenCalled();
  });

  it('gives native or says how to get it', async () => {
    const best = await loadEngine({ quiet: true });
    const native = loadEngine({ backend: 'native' });
    if (best.backend === 'portable') await expect(native).rejects.toMatchObject({ code: 'engine_missing' });
    else expect((await native).backend).toBe(best.backend);
  });

  it('makes 64-bit integers for native kernels without a word', async () => {
    const warn = vi.spyOn(console, 'warn');
    if ((await loadEngine({ quiet: true })).backend === 'portable') return;
    const back = tf.tidy(() => {
      const attributes = [attribute.type('SrcT', 'int64'), attribute.type('DstT', 'float32')];
      return execute('Cast', attributes, [toInt64(tf.tensor1d([1, -7], 'int32'))])[0]!;
    });
    expect([...back.dataSync()]).toEqual([1, -7]);
    expect(warn).not.toHaveBeenCalled();
  });
});
