/** The network's maps: their grids, and what they hold for one image. Kept apart from the network, which readers need not load. */

/** Sides of the input are multiples of this. */
export const SIDE_MULTIPLE = 32;
/** Pixels of the input per cell of the `core` and the `geometry` map. */
export const CORE_STRIDE = 2;
export const GEOMETRY_STRIDE = 4;
/** Channels of the `geometry` map: encoded distance to top and bottom, cos 2θ, sin 2θ. */
export const GEOMETRY_CHANNELS = 4;

/** What the network gave for one image, without a batch axis; see `network.ts`. */
export interface DetectionMaps {
  readonly coreWidth: number;
  readonly coreHeight: number;
  /** Logits, row by row. */
  readonly core: Float32Array;
  readonly geometryWidth: number;
  readonly geometryHeight: number;
  /** [height, width, 4], row by row. */
  readonly geometry: Float32Array;
}

/** Pixels → the network's scale of distances: ln(1 + pixels / 4). */
export function encodeDistance(pixels: number): number {
  return Math.log1p(Math.max(0, pixels) / GEOMETRY_STRIDE);
}

export function decodeDistance(value: number): number {
  return GEOMETRY_STRIDE * Math.expm1(Math.min(Math.max(value, 0), 7));
}
