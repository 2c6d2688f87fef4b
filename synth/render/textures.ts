/** Background pictures: those of a folder's `index.json`, else all of the folder, decoded to grey when drawn. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { createCanvas, Image } from '@napi-rs/canvas';
import { expected, PocketlensError } from '../../models/base/errors.js';
import type { GrayImage } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';

/** A grey texture and its statistics, grey levels. */
export interface Texture extends GrayImage {
  readonly category: string;
  readonly mean: number;
  readonly deviation: number;
}

interface TextureEntry {
  file: string;
  category: string;
}

/** Decoded pictures that are kept; of thousands of photographs only some fit the memory of each thread. */
const MOST_DECODED = 512;
const PICTURES = new Set(['.jpg', '.jpeg', '.png', '.webp']);

export class TextureStore {
  readonly #folder: string;
  readonly #entries: readonly TextureEntry[];
  readonly #decoded = new Map<string, Texture>();

  /** @throws data_missing where the folder has neither an index.json nor pictures; invalid_data for a bad index.json */
  constructor(folder: string) {
    this.#folder = folder;
    const index = join(folder, 'index.json');
    if (!existsSync(index)) {
      this.#entries = picturesIn(folder);
      return;
    }
    try {
      const { images } = JSON.parse(readFileSync(index, 'utf8')) as { images: TextureEntry[] };
      this.#entries = images.map(({ file, category }) => ({
        file: String(file),
        category: String(category),
      }));
    } catch (cause) {
      throw new PocketlensError(
        'invalid_data',
        `Expected a list "images" in ${index} but could not read it.`,
        { cause },
      );
    }
  }

  /** One texture, of the given categories where there are any. */
  pick(random: Random, categories?: readonly string[]): Texture {
    const fitting = categories ? this.#entries.filter((entry) => categories.includes(entry.category)) : [];
    return this.#decode(random.pick(fitting.length > 0 ? fitting : this.#entries));
  }

  #decode({ file, category }: TextureEntry): Texture {
    const known = this.#decoded.get(file);
    if (known) return known;
    const image = new Image();
    const path = join(this.#folder, file);
    try {
      image.src = readFileSync(path);
    } catch (cause) {
      throw new PocketlensError(
        'invalid_image',
        `Expected an image for the texture ${path} but could not decode it.`,
        {
          cause,
        },
      );
    }
    const { width, height } = image;
    if (!(width > 0 && height > 0)) throw expected('invalid_image', 'an image', 'a texture', path);
    const context = createCanvas(width, height).getContext('2d');
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, width, height).data;
    const data = new Uint8Array(width * height);
    let sum = 0;
    let squares = 0;
    for (let i = 0, k = 0; i < data.length; i++, k += 4) {
      const grey = Math.round(0.299 * pixels[k]! + 0.587 * pixels[k + 1]! + 0.114 * pixels[k + 2]!);
      data[i] = grey;
      sum += grey;
      squares += grey * grey;
    }
    const mean = sum / data.length;
    const deviation = Math.sqrt(Math.max(0, squares / data.length - mean * mean));
    const texture = { width, height, data, category, mean, deviation };
    const [oldest] = this.#decoded.keys();
    if (oldest !== undefined && this.#decoded.size >= MOST_DECODED) this.#decoded.delete(oldest);
    this.#decoded.set(file, texture);
    return texture;
  }
}

function picturesIn(folder: string): TextureEntry[] {
  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => PICTURES.has(extname(name).toLowerCase()))
    : [];
  if (files.length === 0) {
    throw expected('data_missing', 'an index.json or pictures', 'the textures', folder, {
      remedy: 'Name a folder with pictures, or leave the option out.',
    });
  }
  return files.sort().map((file) => ({ file, category: 'photo' }));
}
