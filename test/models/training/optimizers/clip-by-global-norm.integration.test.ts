import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { clipByGlobalNorm } from '../../../../models/training/optimizers/clip-by-global-norm.js';
import { availableBackends, onEachBackend } from '../../engine/backends.js';

beforeAll(async () => void (await availableBackends()));

/** The norm, then all clipped values. */
function clip(lists: readonly (readonly number[])[], maxNorm: number): number[] {
  const grads = new Map(lists.map((list, i) => [`g${i}`, tf.tensor1d([...list])]));
  const clipped = clipByGlobalNorm(grads, maxNorm);
  const result = [clipped.norm, ...clipped.grads.values()].flatMap((tensor) => [...tensor.dataSync()]);
  tf.dispose([clipped.norm, ...clipped.grads.values(), ...grads.values()]);
  return result;
}

describe('clipByGlobalNorm', () => {
  it('scales by one factor down to the norm', async () => {
    await onEachBackend(() => {
      const [norm, ...values] = clip([[3, 0], [4]], 1);
      expect(norm).toBeCloseTo(5, 5);
      [0.6, 0, 0.8].forEach((wanted, i) => {
        expect(values[i]).toBeCloseTo(wanted, 5);
      });
    });
  });

  it('leaves small gradients as they are', async () => {
    await onEachBackend(() => {
      expect(clip([[3, 0], [4]], 5.5)).toEqual([5, 3, 0, 4]);
      expect(clip([[0]], 1)).toEqual([0, 0]);
    });
  });

  it('makes all gradients zero when one is not finite', async () => {
    await onEachBackend(() => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const [norm, ...values] = clip([[1, 2], [bad]], 1);
        expect(Number.isFinite(norm)).toBe(false);
        expect(values).toEqual([0, 0, 0]);
      }
    });
  });
});
