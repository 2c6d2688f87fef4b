import { describe, expect, it } from 'vitest';
import { JobQueue } from '../../../apps/service/job-queue.js';

const never = new AbortController().signal;
function gate() {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

describe('JobQueue', () => {
  it('runs in order, so many at a time, and refuses what does not fit', async () => {
    const queue = new JobQueue({ concurrency: 2, maxWaiting: 1 });
    const gates = [gate(), gate(), gate()];
    const started: number[] = [];
    const jobs = gates.map(({ passed }, i) =>
      queue.run(async () => {
        started.push(i);
        await passed;
        return i;
      }, never),
    );
    expect([queue.running, queue.waiting, queue.isFull]).toEqual([2, 1, true]);
    await expect(queue.run(async () => 9, never)).rejects.toMatchObject({
      code: 'too_many_requests',
      details: { retryAfter: 1 },
    });
    expect(started).toEqual([0, 1]);
    gates[1]!.open();
    expect(await jobs[1]).toBe(1);
    gates[0]!.open();
    gates[2]!.open();
    expect(await Promise.all(jobs)).toEqual([0, 1, 2]);
    await queue.whenIdle();
    expect([queue.running, queue.waiting]).toEqual([0, 0]);
  });

  it('takes an aborted job out of the line; one that runs keeps its place until its end', async () => {
    const queue = new JobQueue({ concurrency: 1, maxWaiting: 5 });
    const [first, running, waiting] = [gate(), new AbortController(), new AbortController()];
    const a = queue.run(() => first.passed, running.signal);
    let ran = false;
    const b = queue.run(async () => {
      ran = true;
    }, waiting.signal);
    waiting.abort(new Error('left'));
    await expect(b).rejects.toThrow('left');
    expect(queue.waiting).toBe(0);
    running.abort(new Error('gone'));
    await expect(a).rejects.toThrow('gone');
    expect(queue.running).toBe(1);
    first.open();
    await queue.whenIdle();
    expect(ran).toBe(false);
    await expect(queue.run(async () => 1, waiting.signal)).rejects.toThrow('left');
  });

  it('goes on after a job that throws', async () => {
    const queue = new JobQueue({ concurrency: 1, maxWaiting: 1 });
    await expect(queue.run(() => Promise.reject(new Error('bad')), never)).rejects.toThrow('bad');
    expect(await queue.run(async (queued) => queued >= 0, never)).toBe(true);
  });
});
