/** A service with stand-ins for its models: what is red stands out, and the page says how large it is. */
import type { FastifyInstance } from 'fastify';
import sharp from 'sharp';
import type { PageReader } from '../../../apps/ocr/read-page.js';
import type { ComputeEngine } from '../../../apps/service/compute/engine.js';
import { createLocalEngine } from '../../../apps/service/compute/local-engine.js';
import type { ServiceLimits } from '../../../apps/service/limits.js';
import { createServer } from '../../../apps/service/server.js';
import type { ColourImage, Quad } from '../../../models/base/image.js';
import type { SaliencyModel } from '../../../models/saliency/saliency.js';

/** Milliseconds that one image takes, and how often the model was asked. */
export interface FakeSaliency extends SaliencyModel {
  calls: number;
  delay: number;
  fails: boolean;
}

const SIDE = 32;

export function fakeSaliency(): FakeSaliency {
  return {
    calls: 0,
    delay: 0,
    fails: false,
    async predict(image) {
      this.calls++;
      if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
      if (this.fails) throw new Error('a defect with /a/path in it');
      const pixels = shrink(image);
      const data = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
        const [red, green, blue] = pixels.data.subarray(3 * i);
        return Math.max(0, red! - (green! + blue!) / 2) / 255;
      });
      return { map: { width: SIDE, height: SIDE, data }, pixels };
    },
    dispose: async () => {},
  };
}

function shrink({ width, height, data }: ColourImage): ColourImage {
  const result = new Uint8Array(3 * SIDE * SIDE);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const from = 3 * (Math.floor((y * height) / SIDE) * width + Math.floor((x * width) / SIDE));
      result.set(data.subarray(from, from + 3), 3 * (y * SIDE + x));
    }
  return { width: SIDE, height: SIDE, data: result };
}

/** Reads the picture's size in every picture. */
export interface FakeReader extends PageReader {
  calls: number;
  fails: boolean;
  /** Finds no text. */
  isBlind: boolean;
}

const fakeReader = (): FakeReader => ({
  calls: 0,
  fails: false,
  isBlind: false,
  async readPage({ width, height }) {
    this.calls++;
    if (this.fails) throw new Error('a defect of the reader');
    const quad: Quad = [
      [0, 0],
      [width, 0],
      [width, height],
      [0, height],
    ];
    const text = `${width} by ${height}`;
    const line = { text, quad, confidence: 0.9, words: [{ text, quad, confidence: 0.9 }] };
    return {
      width,
      height,
      rotation: 0,
      skew: 0,
      blocks: this.isBlind ? [] : [{ quad, paragraphs: [{ lines: [line] }] }],
    };
  },
  dispose: async () => {},
});

export interface World {
  readonly app: FastifyInstance;
  readonly model: FakeSaliency;
  readonly reader: FakeReader;
  readonly engine: ComputeEngine;
  readonly log: string[];
}

export async function openWorld(
  limits: Partial<ServiceLimits> = {},
  concurrency = 2,
  page?: string,
  version = '9.9.9',
): Promise<World> {
  const model = fakeSaliency();
  const reader = fakeReader();
  const engine = createLocalEngine({
    saliency: model,
    reader,
    saliencyId: 'saliency@fake',
    ocrId: 'ocr@fake',
    charset: '0123456789by',
    version,
    concurrency,
  });
  const log: string[] = [];
  const stream = { write: (line: string) => void log.push(line) };
  const app = await createServer({
    engine,
    version,
    limits,
    logger: { level: 'info', stream },
    ...(page !== undefined && { page }),
  });
  return { app, model, reader, engine, log };
}

/** A red square on grey; its place and the picture's size tell one picture from another. */
export function picture(
  { width = 64, height = 48, left = 16, top = 12, side = 20 } = {},
  format: 'png' | 'jpeg' | 'webp' | 'avif' = 'png',
): Promise<Buffer> {
  const square = { create: { width: side, height: side, channels: 3 as const, background: '#ff0000' } };
  return sharp({ create: { width, height, channels: 3, background: '#808080' } })
    .composite([{ input: square, left, top }])
    .toFormat(format)
    .toBuffer();
}

const BOUNDARY = 'b0undary';

/** A form; text fields as they are, files as [name, bytes, type]. */
export function form(parts: readonly (readonly [string, string | Uint8Array, string?])[]): {
  payload: Buffer;
  headers: Record<string, string>;
} {
  const chunks = parts.flatMap(([name, value, type = 'image/png']) => {
    const file = typeof value === 'string' ? '' : `; filename="a.png"\r\ncontent-type: ${type}`;
    const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n`;
    return [Buffer.from(head), Buffer.from(value), Buffer.from('\r\n')];
  });
  return {
    payload: Buffer.concat([...chunks, Buffer.from(`--${BOUNDARY}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
  };
}
