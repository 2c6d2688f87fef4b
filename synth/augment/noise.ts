/**
 * Noise without a random number for each pixel: tiles of normal noise made once from a fixed seed, read from a random
 * place, and smooth fields interpolated from a coarse grid of random numbers.
 */
import { Random } from '../../models/base/random.js';
import { FloatScratch } from './pixels.js';

const SIDE = 256;
const MASK = SIDE - 1;

/** Period 256 both ways, mean 0, deviation 1. */
export type NoiseTile = Float32Array;

function whiteTile(): NoiseTile {
  const random = new Random('noise tile');
  return Float32Array.from({ length: SIDE * SIDE }, () => random.normal());
}

/** The tile blurred (periodically) by a Gaussian of `sigma` pixels and brought back to deviation 1. */
function softTile(tile: NoiseTile, sigma: number): NoiseTile {
  const radius = Math.ceil(sigma * 2.5);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const across = new Float32Array(tile.length);
  const out = new Float32Array(tile.length);
  let squares = 0;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let sum = 0;
      for (let i = -radius; i <= radius; i++) sum += kernel[i + radius]! * tile[y * SIDE + ((x + i) & MASK)]!;
      across[y * SIDE + x] = sum;
    }
  }
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let sum = 0;
      for (let i = -radius; i <= radius; i++)
        sum += kernel[i + radius]! * across[((y + i) & MASK) * SIDE + x]!;
      out[y * SIDE + x] = sum;
      squares += sum * sum;
    }
  }
  const scale = 1 / Math.sqrt(squares / out.length);
  for (let i = 0; i < out.length; i++) out[i]! *= scale;
  return out;
}

export type Grain = 'white' | 'soft' | 'coarse';
const tiles = new Map<Grain, NoiseTile>();

function noiseTile(grain: Grain): NoiseTile {
  let tile = tiles.get(grain);
  if (!tile) {
    tile = grain === 'white' ? whiteTile() : softTile(noiseTile('white'), grain === 'soft' ? 0.7 : 2.2);
    tiles.set(grain, tile);
  }
  return tile;
}

/** A reader of one tile from a random place: `row(y)` is where line y begins; add `x & 255`. */
export interface NoiseReader {
  readonly tile: NoiseTile;
  readonly offset: number;
  row(y: number): number;
}

export function noise(grain: Grain, random: Random): NoiseReader {
  const offset = random.int(0, MASK);
  const down = random.int(0, MASK);
  return { tile: noiseTile(grain), offset, row: (y) => ((y + down) & MASK) * SIDE };
}

/** Adds noise of the given deviation to bytes. */
export function addNoise(
  out: Uint8ClampedArray,
  width: number,
  height: number,
  grain: Grain,
  deviation: number,
  random: Random,
): void {
  const { tile, offset, row } = noise(grain, random);
  for (let y = 0; y < height; y++) {
    const base = y * width;
    const line = row(y);
    for (let x = 0; x < width; x++) {
      out[base + x] = out[base + x]! + deviation * tile[line + ((x + offset) & MASK)]!;
    }
  }
}

const nodes = new FloatScratch();
const upper = new FloatScratch();
const lower = new FloatScratch();

/**
 * Fills `out` (width × height) with a smooth field in [0, 1]: uniform random numbers on a grid of `cellX` × `cellY` pixels,
 * cosine-interpolated.
 */
export function smoothField(
  out: Float32Array,
  width: number,
  height: number,
  cellX: number,
  cellY: number,
  random: Random,
): void {
  const columns = Math.ceil(width / cellX) + 2;
  const rows = Math.ceil(height / cellY) + 2;
  const grid = nodes.get(columns * rows);
  for (let i = 0; i < columns * rows; i++) grid[i] = random.next();
  const phaseX = random.next();
  const phaseY = random.next();
  let above = upper.get(width);
  let below = lower.get(width);
  const expand = (gridRow: number, into: Float32Array) => {
    const base = gridRow * columns;
    for (let x = 0; x < width; x++) {
      const u = x / cellX + phaseX;
      const cell = Math.floor(u);
      const f = u - cell;
      const s = f * f * (3 - 2 * f);
      into[x] = grid[base + cell]! * (1 - s) + grid[base + cell + 1]! * s;
    }
  };
  let current = -1;
  for (let y = 0; y < height; y++) {
    const v = y / cellY + phaseY;
    const cell = Math.floor(v);
    if (cell !== current) {
      if (cell === current + 1 && current >= 0) [above, below] = [below, above];
      else expand(cell, above);
      expand(cell + 1, below);
      current = cell;
    }
    const f = v - cell;
    const s = f * f * (3 - 2 * f);
    const base = y * width;
    for (let x = 0; x < width; x++) out[base + x] = above[x]! * (1 - s) + below[x]! * s;
  }
}
