import { identityPerm, type Perm } from '../../perm.js';

/** The stored order where the file's last axis is stored last, else the file's own. */
export function lastAxisLast(perm: Perm): Perm {
  const rank = perm.length;
  return perm[rank - 1] === rank - 1 ? perm : identityPerm(rank);
}
