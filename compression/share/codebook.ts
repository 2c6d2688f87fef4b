/** Params whose weights are entries of a codebook. */
import type { Param } from '../../models/graph/ir.js';
import { kMeans, nearest } from './k-means.js';

/** Which entry each weight is, and what the entries are. */
export interface Clusters {
  readonly codes: Uint8Array;
  /** Ascending when they are found; training may change the order. */
  readonly centres: Float32Array;
  /** The entry that stays 0, if there is one: pruned weights stay pruned. */
  readonly zero: number | undefined;
}

/** Where at least this share of the weights is 0 they are pruned rather than zero by chance. */
const PRUNED_SHARE = 0.01;

/** @param count entries, at most 256; 0 is one of them where weights are pruned. */
export function findClusters({ data }: Param, count: number): Clusters {
  const others = data.filter((value) => value !== 0);
  const isPruned = others.length <= (1 - PRUNED_SHARE) * data.length && count > 1;
  if (!isPruned) {
    const centres = kMeans(data, count);
    return { centres, codes: nearest(data, centres), zero: undefined };
  }
  const centres =
    others.length === 0
      ? new Float32Array(1)
      : Float32Array.from(new Set([0, ...kMeans(others, count - 1)])).sort();
  return { centres, codes: nearest(data, centres), zero: centres.indexOf(0) };
}

/** The param with each weight replaced by the mean of its cluster in `data`, and the encoding that says so. */
export function clusteredParam(param: Param, { codes, centres, zero }: Clusters): Param {
  const sums = new Float64Array(centres.length);
  const counts = new Uint32Array(centres.length);
  codes.forEach((code, i) => {
    sums[code]! += param.data[i]!;
    counts[code]! += 1;
  });
  const means = Float32Array.from(
    sums,
    (sum, code) => (code === zero || !counts[code] ? 0 : sum / counts[code]!) + 0,
  );
  const used = means.filter((_, code) => counts[code]! > 0);
  const values = Float32Array.from(new Set(used)).sort();
  const data = Float32Array.from(codes, (code) => means[code]!);
  return { shape: param.shape, data, trainable: param.trainable, encoding: { kind: 'codebook', values } };
}
