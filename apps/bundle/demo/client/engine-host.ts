/// <reference lib="dom" />
/** Keeps an engine running: the one that was chosen, or the best that there is, and another where it fails. */
import type { EngineName, Result, Task } from '../protocol.js';
import { Engine, type EngineEvents, EngineFailure, hasWebGpu } from './engine.js';

export type EngineChoice = EngineName | 'auto';

const KEY = 'pocketlens-engine';

/** Storage is denied in some private windows; the choice then lasts as long as the page. */
export function storedChoice(): EngineChoice {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'webgpu' || value === 'wasm' ? value : 'auto';
  } catch {
    return 'auto';
  }
}

function store(choice: EngineChoice): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Nothing is lost but the memory of it.
  }
}

export interface HostEvents extends EngineEvents {
  /** An engine starts; what was loaded for the one before counts no more. */
  onStart(engine: EngineName): void;
  /** WebGPU did not start, WebAssembly goes on. */
  onFallback(reason: string): void;
}

export class EngineHost {
  readonly #events: HostEvents;
  #engine: Promise<Engine> | undefined;
  /** The picture whose pixels the worker has. */
  #opened: number | undefined;
  #choice: EngineChoice = storedChoice();

  constructor(events: HostEvents) {
    this.#events = events;
  }

  get choice(): EngineChoice {
    return this.#choice;
  }

  /** Stops the engine; the next request starts the chosen one. */
  async choose(choice: EngineChoice): Promise<void> {
    this.#choice = choice;
    store(choice);
    const before = this.#engine;
    this.#engine = undefined;
    this.#opened = undefined;
    (await before)?.stop();
  }

  /** Opens the models of a task ahead of the first picture. */
  prepare(task: Task): Promise<number> {
    return this.#try((engine) => engine.prepare(task));
  }

  /** @param picture the bitmap's number: its pixels are sent once. @throws EngineFailure */
  run(picture: number, bitmap: ImageBitmap, task: Task, segments: boolean): Promise<Result> {
    return this.#try(async (engine) => {
      if (this.#opened !== picture) {
        const copy = await createImageBitmap(bitmap);
        engine.open(picture, copy);
        this.#opened = picture;
      }
      return engine.run(picture, task, segments);
    });
  }

  async #try<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    this.#engine ??= this.#start();
    const current = this.#engine;
    const engine = await current;
    try {
      return await work(engine);
    } catch (error) {
      if (!(error instanceof EngineFailure) || error.kind === 'task') throw error;
      // Stopped by another request that failed before this one: goes on where that one does.
      const isReplaced = this.#engine !== current;
      if (!isReplaced && (error.kind === 'stopped' || engine.name !== 'webgpu')) {
        // A worker that did not start, or died, stays dead: the next request starts another.
        if (error.kind === 'engine') {
          engine.stop();
          this.#opened = undefined;
          this.#engine = undefined;
        }
        throw error;
      }
      if (!isReplaced) {
        this.#events.onFallback(error.message);
        engine.stop();
        this.#opened = undefined;
        this.#engine = this.#launch('wasm');
      }
      return this.#try(work);
    }
  }

  async #start(): Promise<Engine> {
    const name = this.#choice === 'auto' ? ((await hasWebGpu()) ? 'webgpu' : 'wasm') : this.#choice;
    return this.#launch(name);
  }

  async #launch(name: EngineName): Promise<Engine> {
    this.#events.onStart(name);
    return new Engine(name, this.#events);
  }
}
