/** Orders of axes: of a stored tensor, axis i is the value's axis `perm[i]`. */
export type Perm = readonly number[];

export const CHANNELS_FIRST: Perm = [0, 3, 1, 2];

export function identity(rank: number): Perm {
  return Array.from({ length: rank }, (_, i) => i);
}

export function samePerm(a: Perm, b: Perm): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** The order in which a value of this rank crosses the borders of the file: images NCHW, all else as the graph has it. */
export function borderPerm(rank: number): Perm {
  return rank === 4 ? CHANNELS_FIRST : identity(rank);
}
