/** A small picture that each kind of task really works on, to know that the service can. */
import { PocketlensError } from '../../models/base/errors.js';
import { loadSharp } from '../files/decode-image.js';
import type { ComputeEngine, ComputeTask } from './compute/engine.js';

/** Milliseconds that an answer is believed. */
const FRESH = 10_000;
/** Milliseconds that each task may take, its turn in the queue included. */
const PATIENCE = 20_000;
const WIDTH = 240;
const HEIGHT = 64;

/** A disc, and beside it strokes that read HILL: drawn, since a machine may have no font. */
const DRAWING = `<svg width="${WIDTH}" height="${HEIGHT}"><rect width="100%" height="100%" fill="#fff"/>
<circle cx="34" cy="32" r="14" fill="#d33"/>
<path d="M80 16v32M100 16v32M80 32h20M116 16v32M132 16v34M130 48h20M162 16v34M160 48h20" fill="none" stroke="#000" stroke-width="4"/></svg>`;

const SUBJECT: ComputeTask = {
  kind: 'subject',
  output: 'raw',
  depth: 'u8',
  format: 'png',
  refine: 'none',
  threshold: 'auto',
  margin: 0,
};
/** Mode page: the others do without the detector. */
const TEXT: ComputeTask = { kind: 'ocr', format: 'text', mode: 'page', spelling: true, characters: false };

export class Canary {
  readonly #engine: ComputeEngine;
  #picture: Promise<Uint8Array> | undefined;
  #last: { readonly result: Promise<void>; readonly at: number } | undefined;

  constructor(engine: ComputeEngine) {
    this.#engine = engine;
  }

  /** Resolves when a picture was inferred and read not long ago. @throws what that threw, inference_failed */
  check(): Promise<void> {
    if (!this.#last || performance.now() - this.#last.at > FRESH) {
      const result = this.#infer();
      this.#last = { result, at: performance.now() };
      // A failure is not believed for long.
      result.catch(() => {
        this.#last = undefined;
      });
    }
    return this.#last.result;
  }

  async #infer(): Promise<void> {
    const map = await this.#run(SUBJECT);
    if (map.length !== WIDTH * HEIGHT)
      throw new PocketlensError('inference_failed', 'Expected a whole map of the canary image.');
    const text = Buffer.from(await this.#run(TEXT)).toString();
    if (text.trim() === '')
      throw new PocketlensError('inference_failed', 'Expected the text of the canary image but read none.');
  }

  /** Besides the queue: a busy service is a ready one. */
  async #run(task: ComputeTask): Promise<Uint8Array> {
    this.#picture ??= draw();
    const bytes = new Uint8Array(await this.#picture);
    const limits = { maxBytes: 65536, maxPixels: WIDTH * HEIGHT, maxSeconds: PATIENCE / 1000 };
    return (await this.#engine.run({ task, bytes, limits }, AbortSignal.timeout(PATIENCE))).body;
  }
}

async function draw(): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(Buffer.from(DRAWING)).png().toBuffer();
}
