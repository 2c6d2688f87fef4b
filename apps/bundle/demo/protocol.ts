/** What the page and its worker tell each other. Pictures and results go by value; pixels are transferred. */
import type { PageLine } from '../reader/types.js';

export type EngineName = 'webgpu' | 'wasm';
export type Task = 'text' | 'subject';

/** To the worker. Requests are answered one after the other. */
export type Request =
  /** Opens the models that `task` needs, so that they are there before a picture is. */
  | { readonly type: 'prepare'; readonly id: number; readonly task: Task }
  /** The worker keeps the pixels of one picture, the last. */
  | { readonly type: 'open'; readonly picture: number; readonly bitmap: ImageBitmap }
  | {
      readonly type: 'run';
      readonly id: number;
      readonly picture: number;
      readonly task: Task;
      /** With the segment stream, or the dense stream alone; of no account for text. */
      readonly segments: boolean;
    };

/** A stage and its milliseconds, in order. */
export type Timings = readonly (readonly [stage: string, ms: number])[];

export interface TextResult {
  readonly task: 'text';
  readonly text: string;
  readonly lines: readonly PageLine[];
  readonly timings: Timings;
}

export interface SubjectResult {
  readonly task: 'subject';
  readonly width: number;
  readonly height: number;
  /** round(255 p) a pixel. */
  readonly map: Uint8Array;
  /** In (0, 1). */
  readonly threshold: number;
  readonly timings: Timings;
}

export type Result = TextResult | SubjectResult;

/** One file that was loaded: its bytes as they are, and as they came over the wire (0: from a cache of the browser). */
export interface LoadedFile {
  readonly what: 'models' | 'runtime';
  /** Path below the page's folder. */
  readonly path: string;
  readonly bytes: number;
  readonly transferred: number;
}

export interface EngineState {
  readonly engine: EngineName;
  readonly threads: number;
  /** Model → precision of the variant that this engine runs. */
  readonly models: Readonly<Record<string, string>>;
  /** All that this engine needs for every task, below the page's folder. */
  readonly files: readonly string[];
}

export interface Failure {
  readonly message: string;
  /** Whether the engine itself did not start, and another one may. */
  readonly isEngine: boolean;
}

/** From the worker. */
export type Answer =
  | { readonly type: 'loading'; readonly loaded: number; readonly total: number }
  | { readonly type: 'loaded'; readonly file: LoadedFile }
  | { readonly type: 'prepared'; readonly id: number; readonly state: EngineState; readonly took: number }
  | { readonly type: 'result'; readonly id: number; readonly result: Result; readonly state: EngineState }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure };
