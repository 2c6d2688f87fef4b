/** A small picture that is really worked on, to know that the service can. */
import { PocketlensError } from '../../../models/base/errors.js';
import { loadSharp } from '../../files/decode-image.js';
import type { ComputeEngine } from './compute/engine.js';

/** Milliseconds that an answer is believed. */
const FRESH = 10_000;
const SIDE = 64;
const PATIENCE = 20_000;

export class Canary {
  readonly #engine: ComputeEngine;
  #picture: Promise<Uint8Array> | undefined;
  #last: { readonly result: Promise<void>; readonly at: number } | undefined;

  constructor(engine: ComputeEngine) {
    this.#engine = engine;
  }

  /** Resolves when a picture was inferred not long ago. @throws what that threw */
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

  /** Besides the queue: a busy service is a ready one. */
  async #infer(): Promise<void> {
    this.#picture ??= draw();
    const bytes = new Uint8Array(await this.#picture);
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await this.#engine.run(
      {
        task: {
          kind: 'subject',
          output: 'raw',
          depth: 'u8',
          format: 'png',
          refine: 'none',
          threshold: 'auto',
          margin: 0,
        },
        bytes,
        limits: { maxBytes: 65536, maxPixels: SIDE * SIDE, maxSeconds: PATIENCE / 1000 },
      },
      signal,
    );
    if (answer.body.length !== SIDE * SIDE)
      throw new PocketlensError('inference_failed', 'Expected a whole map of the canary image.');
  }
}

async function draw(): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const disc = `<svg width="${SIDE}" height="${SIDE}"><rect width="100%" height="100%" fill="#7a9"/><circle cx="32" cy="32" r="14" fill="#d33"/></svg>`;
  return sharp(Buffer.from(disc)).png().toBuffer();
}
