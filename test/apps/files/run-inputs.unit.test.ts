import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { InOrder } from '../../../apps/files/in-order.js';
import type { Input } from '../../../apps/files/inputs.js';
import { runInputs, throwFailed } from '../../../apps/files/run-inputs.js';
import { PocketlensError } from '../../../models/base/errors.js';

const inputs = (count: number): Input[] =>
  Array.from({ length: count }, (_, i) => ({ source: { path: `${i}` }, file: `${i}`, relative: `${i}` }));

const broken = new PocketlensError('invalid_image', 'broken');

describe('runInputs', () => {
  it('works on so many at a time, and no more', async () => {
    let [running, most] = [0, 0];
    const work = async (_: Input, index: number) => {
      most = Math.max(most, ++running);
      await sleep(2 + (index % 3));
      running--;
    };
    await runInputs(inputs(9), { jobs: 3, work }, {});
    expect(most).toBe(3);
  });

  it('goes on after a failure and tells of it', async () => {
    const told: unknown[] = [];
    const progress: string[] = [];
    const failed = await runInputs(
      inputs(3),
      {
        jobs: 1,
        work: async (_, index) => {
          if (index === 1) throw broken;
          return index * 10;
        },
      },
      {
        onFailure: (error, file) => told.push(error, file),
        onProgress: ({ done, total, file, result }) => progress.push(`${done}/${total} ${file} ${result}`),
      },
    );
    expect(failed).toEqual([broken]);
    expect(told).toEqual([broken, '1']);
    expect(progress).toEqual(['1/3 0 0', '2/3 1 undefined', '3/3 2 20']);
    expect(() => throwFailed(failed, 3, 'do')).toThrow(expect.objectContaining({ code: 'some_failed' }));
    expect(() => throwFailed(failed, 1, 'do')).toThrow(broken);
    expect(() => throwFailed([], 3, 'do')).not.toThrow();
  });

  it('ends where all would fail alike, after what is under way', async () => {
    const fatal = new PocketlensError('model_corrupt', 'no model');
    const ended: number[] = [];
    const work = async (_: Input, index: number) => {
      if (index === 1) throw fatal;
      await sleep(5);
      ended.push(index);
    };
    await expect(runInputs(inputs(20), { jobs: 2, work }, {})).rejects.toBe(fatal);
    expect(ended).toEqual([0]);
  });

  it('ends when results cannot be taken', async () => {
    const full = new PocketlensError('output_unwritable', 'full');
    const put = async () => Promise.reject(full);
    await expect(runInputs(inputs(2), { jobs: 1, work: async () => 1, put }, {})).rejects.toBe(full);
  });
});

describe('InOrder', () => {
  it('takes results in the order of the inputs and passes over failed ones', async () => {
    const taken: number[] = [];
    const order = new InOrder<number>(async (result) => {
      await sleep(1);
      taken.push(result);
    });
    await Promise.all([order.put(2, 20), order.put(3, undefined)]);
    expect(taken).toEqual([]);
    await order.put(0, 0);
    expect(taken).toEqual([0]);
    order.put(4, 40).catch(() => {});
    order.put(1, 10).catch(() => {});
    await order.settled();
    expect(taken).toEqual([0, 10, 20, 40]);
  });
});
