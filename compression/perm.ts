/** Orders of axes: of a tensor that lies in the order `perm`, axis i is the value's axis `perm[i]`. */
export type Perm = readonly number[];

/** Of images in an ONNX file, as seen from the graph. */
export const CHANNELS_FIRST: Perm = [0, 3, 1, 2];

/** Of images in a graph, as seen from an ONNX file. */
export const CHANNELS_LAST: Perm = [0, 2, 3, 1];

export function identityPerm(rank: number): Perm {
  return Array.from({ length: rank }, (_, i) => i);
}

export function samePerm(a: Perm, b: Perm): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}
