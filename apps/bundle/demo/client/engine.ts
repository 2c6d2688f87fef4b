/// <reference lib="dom" />
/** The worker that computes, as promises. It is started anew for another engine, and where one cannot start. */
import type { Answer, EngineName, EngineState, LoadedFile, Request, Result, Task } from '../protocol.js';

export class EngineFailure extends Error {
  /** `engine`: another engine may do better. `stopped`: it was stopped for another one. `task`: the task itself failed. */
  readonly kind: 'engine' | 'stopped' | 'task';

  constructor(message: string, kind: EngineFailure['kind']) {
    super(message);
    this.kind = kind;
  }
}

export interface EngineEvents {
  onLoading(loaded: number, total: number): void;
  onLoaded(file: LoadedFile): void;
  onState(state: EngineState): void;
}

interface Waiting {
  resolve(value: Answer): void;
  reject(error: Error): void;
}

export class Engine {
  readonly name: EngineName;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #failure: EngineFailure | undefined;

  constructor(name: EngineName, events: EngineEvents) {
    this.name = name;
    this.#worker = new Worker(`worker-${name}.js`, { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.type === 'loading') return events.onLoading(data.loaded, data.total);
      if (data.type === 'loaded') return events.onLoaded(data.file);
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.type === 'failed')
        return waiting?.reject(
          new EngineFailure(data.failure.message, data.failure.isEngine ? 'engine' : 'task'),
        );
      events.onState(data.state);
      waiting?.resolve(data);
    };
    // A worker whose script does not load, or that ran out of memory.
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#failure = new EngineFailure(event.message || 'The worker of this page did not start.', 'engine');
      for (const { reject } of this.#waiting.values()) reject(this.#failure);
      this.#waiting.clear();
    };
  }

  /** @returns milliseconds until the models for the task were open. @throws EngineFailure */
  async prepare(task: Task): Promise<number> {
    const answer = await this.#ask((id) => ({ type: 'prepare', id, task }));
    return answer.type === 'prepared' ? answer.took : 0;
  }

  /** @param picture a number for it, to name in `run` */
  open(picture: number, bitmap: ImageBitmap): void {
    this.#worker.postMessage({ type: 'open', picture, bitmap } satisfies Request, [bitmap]);
  }

  /** @throws EngineFailure */
  async run(picture: number, task: Task, segments: boolean): Promise<Result> {
    const answer = await this.#ask((id) => ({ type: 'run', id, picture, task, segments }));
    if (answer.type !== 'result') throw new EngineFailure('The worker gave no result.', 'task');
    return answer.result;
  }

  stop(): void {
    this.#worker.terminate();
    this.#failure = new EngineFailure('The engine was changed.', 'stopped');
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  #ask(request: (id: number) => Request): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(request(id));
    });
  }
}

/** The part of WebGPU that is asked here. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>;
}

/** Whether there is a graphics processor that pages may compute on; one that a processor only plays does not count. */
export async function hasWebGpu(): Promise<boolean> {
  const { gpu } = navigator as unknown as { gpu?: Gpu };
  try {
    const adapter = await gpu?.requestAdapter();
    return adapter != null && adapter.info?.isFallbackAdapter !== true;
  } catch {
    return false;
  }
}
