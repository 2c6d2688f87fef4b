import { CHANNELS_FIRST, identityPerm, type Perm } from '../../perm.js';

/** The order in which a value of this rank crosses the borders of the file: images NCHW, all else as the graph has it. */
export function borderPerm(rank: number): Perm {
  return rank === 4 ? CHANNELS_FIRST : identityPerm(rank);
}
