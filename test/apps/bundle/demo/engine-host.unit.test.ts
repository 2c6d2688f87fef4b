import { afterEach, describe, expect, it, vi } from 'vitest';
import { EngineHost } from '../../../../apps/bundle/demo/client/engine-host.js';

/** A worker whose script loads from the given start on. */
function stubWorkers(firstGood: number) {
  let made = 0;
  class StubWorker {
    onmessage?: (event: { data: unknown }) => void;
    onerror?: (event: { message: string; preventDefault(): void }) => void;
    readonly #isGood = ++made >= firstGood;

    postMessage({ id }: { id: number }): void {
      queueMicrotask(() => {
        if (this.#isGood) this.onmessage?.({ data: { type: 'prepared', id, took: 7, state: {} } });
        else this.onerror?.({ message: 'cut off', preventDefault() {} });
      });
    }

    terminate(): void {}
  }
  vi.stubGlobal('Worker', StubWorker);
  return { made: () => made };
}

afterEach(() => vi.unstubAllGlobals());

describe('EngineHost', () => {
  it('starts another worker where one did not start', async () => {
    const workers = stubWorkers(2);
    const events = { onLoading() {}, onLoaded() {}, onState() {}, onStart() {}, onFallback() {} };
    const host = new EngineHost(events);
    await host.choose('wasm');
    await expect(host.prepare('text')).rejects.toMatchObject({ kind: 'engine', message: 'cut off' });
    expect(await host.prepare('text')).toBe(7);
    expect(await host.prepare('text')).toBe(7);
    expect(workers.made()).toBe(2);
  });
});
