/**
 * In which order layers take fewer bits: a greedy path from 8 bits everywhere to the fewest, each step the one that adds
 * the least squared output error for each bit it saves. Errors of layers are taken to add up as if independent.
 */
import type { LayerSensitivity } from './sensitivity.js';

export interface BitPlan {
  /** Node → bits; nodes at 8 bits are left out. */
  readonly layers: Readonly<Record<string, number>>;
  /** Bytes that its codes take less than 8 bits everywhere. */
  readonly savedBytes: number;
}

/** From [8 bits everywhere] on, each plan with one layer narrower than the plan before. */
export function bitPath(scan: readonly LayerSensitivity[], leastBits = 2): BitPlan[] {
  const present = new Map(scan.map(({ node }) => [node, 8]));
  const plans: BitPlan[] = [{ layers: {}, savedBytes: 0 }];
  let saved = 0;
  for (;;) {
    let best: { node: string; bits: number; price: number; gain: number } | undefined;
    for (const { node, weights, errors } of scan) {
      const now = present.get(node)!;
      const bits = Object.keys(errors)
        .map(Number)
        .filter((width) => width < now && width >= leastBits)
        .sort((a, b) => b - a)[0];
      if (bits === undefined) continue;
      const gain = (weights * (now - bits)) / 8;
      const price = Math.max(0, errors[bits]! ** 2 - (errors[now] ?? 0) ** 2) / gain;
      if (!best || price < best.price) best = { node, bits, price, gain };
    }
    if (!best) return plans;
    present.set(best.node, best.bits);
    saved += best.gain;
    const layers = Object.fromEntries([...present].filter(([, bits]) => bits < 8));
    plans.push({ layers, savedBytes: saved });
  }
}
