/** What a method makes of one weight. */

/** A convolution's weight; a dense layer's is [1, 1, in, out]. */
export interface Kernel {
  /** [kh, kw, cin, cout] */
  readonly shape: readonly [number, number, number, number];
  readonly data: Float32Array;
}

/** In which directions a factor's window moves as the original's does (its strides, dilations and pads). */
export type Moves = 'none' | 'vertical' | 'horizontal' | 'both';

export interface FactorLayer {
  /** Of the node and the param: "reduce", "core", ... */
  readonly name: string;
  /** [kh, kw, cin / groups, cout] */
  readonly shape: readonly [number, number, number, number];
  readonly data: Float32Array;
  readonly groups: number;
  readonly moves: Moves;
}

export interface Factorization {
  readonly ranks: readonly number[];
  /** In the order in which they are applied; only the last one takes the bias. */
  readonly layers: readonly FactorLayer[];
  /** ‖W − Ŵ‖ / ‖W‖ */
  readonly error: number;
}

/** What the layers cost is known before they are computed. */
export type LayerOutline = Omit<FactorLayer, 'data'>;

export interface Decomposition {
  /** Ranks at which nothing is lost. */
  readonly fullRanks: readonly number[];
  /** Least ranks that keep this share of the squared norm (in each mode, where there are several). */
  ranksAtEnergy(energy: number): readonly number[];
  outline(ranks: readonly number[]): readonly LayerOutline[];
  factorize(ranks: readonly number[]): Factorization;
}

export type Method = 'svd' | 'tucker' | 'cp' | 'spatial';

/** √(share of energy lost), never the root of a rounding error below 0. */
export function lost(kept: number): number {
  return Math.sqrt(Math.max(0, 1 - kept));
}
