/** What the routes ask of the machinery behind them: an image in, an answer out, somewhere off the event loop. */
import type { FormatName } from '../../ocr/formats/formats.js';
import type { PageMode } from '../../ocr/read-page.js';
import type { Refinement } from '../../saliency/find-subject.js';

export type ImageFormatName = 'png' | 'webp' | 'jpeg' | 'avif';

/** How an image is decoded: limits that the configuration sets. */
export interface TaskLimits {
  readonly maxBytes: number;
  readonly maxPixels: number;
  /** Seconds that decoding may take. */
  readonly maxSeconds: number;
}

/** Find what stands out, and write it in one of these ways. */
export interface SubjectTask {
  readonly kind: 'subject';
  readonly output: 'map' | 'mask' | 'heatmap' | 'cutout' | 'crop' | 'json' | 'raw';
  /** For pictures. */
  readonly format: ImageFormatName;
  /** For `raw`: one number a pixel, row by row; float32 is little endian in [0, 1], u8 is 0 to 255. */
  readonly depth: 'u8' | 'float32';
  readonly refine: Refinement;
  readonly threshold: number | 'auto';
  /** `#rrggbbaa`, for cut-outs. */
  readonly background?: string;
  /** For crops: width over height, and space around the subject as a share of its box. */
  readonly ratio?: string;
  readonly margin: number;
  /** The image is scaled down to sides of at most so many pixels first. */
  readonly maxSide?: number | undefined;
  /** See `EncodeOptions`. */
  readonly quality?: number | undefined;
  /** Whether `json` has the crop too. */
  readonly withCrop?: boolean;
}

/** Read the text of one image. */
export interface OcrTask {
  readonly kind: 'ocr';
  readonly format: FormatName;
  readonly mode: PageMode;
  readonly decoder?: 'greedy' | 'beam';
  readonly spelling: boolean;
  readonly minConfidence?: number;
  readonly allowlist?: string;
  readonly characters: boolean;
}

export type ComputeTask = SubjectTask | OcrTask;

export interface ComputeJob {
  readonly task: ComputeTask;
  /** The encoded image; may be handed over to a thread, and is then empty here. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly limits: TaskLimits;
}

/** Milliseconds by stage, in the order in which they ran. */
export type StageTimes = Readonly<Partial<Record<Stage, number>>>;

export const STAGES = ['queue', 'decode', 'infer', 'refine', 'encode'] as const;
export type Stage = (typeof STAGES)[number];

export interface ComputeAnswer {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  /** Size of the picture or raw map in the answer, where it is one. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly times: StageTimes;
}

export interface ModelInfo {
  readonly kind: ComputeTask['kind'];
  /** Names the weights: equal ids give equal answers of one version of Pocketlens. */
  readonly id: string;
  /** Of `ocr`: the characters that can be read, besides the space. */
  readonly charset?: string;
}

export interface ComputeEngine {
  /** Jobs that it runs side by side. */
  readonly concurrency: number;
  readonly models: readonly ModelInfo[];
  /**
   * Settles when the job has really ended and its place is free again, also after an abort.
   * @throws the codes of decoding, of the models and of encoding
   */
  run(job: ComputeJob, signal: AbortSignal): Promise<ComputeAnswer>;
  dispose(): Promise<void>;
}
