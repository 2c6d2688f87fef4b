/**
 * Prune and regrow: the weakest of the kept units go, as many others come, at value 0. By the gradient's magnitude (RigL,
 * Evci et al. 2020) or at random (SET, Mocanu et al. 2018).
 */
import type { Random } from '../../../models/base/random.js';
import { lowest, spread } from './masks.js';
import { type Units, unitScores } from './units.js';

/**
 * @param mask kept weights at present; whole units.
 * @param share of the kept units to exchange.
 * @param growth |gradient| of every weight, or a source of random numbers.
 * @returns a mask with as many units as before. What went may come back at once, as in RigL.
 */
export function exchange(
  weights: Float32Array,
  mask: Uint8Array,
  units: Units,
  share: number,
  growth: Float32Array | Random,
): Uint8Array {
  const kept = new Uint8Array(units.count);
  mask.forEach((keep, i) => {
    if (keep) kept[units.index[i]!] = 1;
  });
  const active = kept.reduce((sum, keep) => sum + keep, 0);
  const count = Math.min(Math.floor(share * active), units.count - active);
  if (count <= 0) return mask.slice();
  const strength = unitScores(weights.map(Math.abs), units);
  const dropping = Float32Array.from(strength, (s, unit) => (kept[unit] ? s : Number.POSITIVE_INFINITY));
  const staying = lowest(dropping, count);
  const next = kept.map((keep, unit) => keep & staying[unit]!);
  const appeal =
    growth instanceof Float32Array
      ? unitScores(growth.map(Math.abs), units)
      : Float32Array.from({ length: units.count }, () => growth.next());
  // The most appealing come: the lowest of the negated, among those that are not kept.
  const growing = Float32Array.from(appeal, (a, unit) => (next[unit] ? Number.POSITIVE_INFINITY : -a));
  const waiting = lowest(growing, count);
  return spread(
    next.map((keep, unit) => (keep || !waiting[unit] ? 1 : 0)),
    units,
  );
}
