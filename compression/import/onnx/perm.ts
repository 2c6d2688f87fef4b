/** Orders of axes: the graph's axis i is the file's axis perm[i]. */
export type Perm = readonly number[];

/** The graph stores images so. */
export const CHANNELS_LAST: Perm = [0, 2, 3, 1];

export function identityPerm(rank: number): Perm {
  return Array.from({ length: rank }, (_, i) => i);
}

export function samePerm(a: Perm, b: Perm): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** The stored order where the file's last axis is stored last, else the file's own. */
export function lastAxisLast(perm: Perm): Perm {
  const rank = perm.length;
  return perm[rank - 1] === rank - 1 ? perm : identityPerm(rank);
}
