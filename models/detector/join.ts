/** Puts pieces of one line together that the core map had left apart. */
import type { FramedLine } from './line-frame.js';

/** Greatest gap between two pieces, in heights of the line: within and between words, not between columns. */
const MAX_GAP = 0.35;
const MAX_OFFSET = 0.25;
const MAX_TURN = 0.09;
const MAX_RATIO = 1.35;

/** Joins pieces that continue each other: same direction, same height, same middle, hardly a gap. */
export function joinFragments(lines: readonly FramedLine[]): FramedLine[] {
  const list: (FramedLine | undefined)[] = [...lines];
  const order = list.map((_, i) => i);
  order.sort((i, j) => list[i]!.frame.centre[1] - list[j]!.frame.centre[1]);
  const ys = order.map((i) => list[i]!.frame.centre[1]);
  let changed = true;
  for (let round = 0; changed && round < 4; round++) {
    changed = false;
    // Pieces further apart than the longest two reach need no look; on a texture of specks these are nearly all.
    let longest = 0;
    for (const line of list) if (line) longest = Math.max(longest, line.frame.length + line.frame.height);
    for (let p = 0; p < order.length; p++) {
      for (let q = p + 1; q < order.length && ys[q]! - ys[p]! <= 2 * longest; q++) {
        const a = list[order[p]!];
        const b = list[order[q]!];
        if (!a) break;
        if (!b) continue;
        const joined = join(a, b);
        if (!joined) continue;
        list[order[p]!] = joined;
        list[order[q]!] = undefined;
        changed = true;
      }
    }
  }
  return list.filter((line) => line !== undefined);
}

function join(a: FramedLine, b: FramedLine): FramedLine | undefined {
  const f = a.frame;
  const g = b.frame;
  const height = (f.height + g.height) / 2;
  const dx = g.centre[0] - f.centre[0];
  const dy = g.centre[1] - f.centre[1];
  const reach = (f.length + g.length) / 2 + MAX_GAP * height;
  if (Math.abs(dx) > reach || Math.abs(dy) > reach) return undefined;
  if (Math.max(f.height, g.height) > MAX_RATIO * Math.min(f.height, g.height)) return undefined;
  // A piece shorter than it is high has no direction of its own.
  const long = f.length >= g.length ? f : g;
  const short = long === f ? g : f;
  let turn = Math.abs(f.angle - g.angle);
  if (turn > Math.PI / 2) turn = Math.PI - turn;
  if (turn > MAX_TURN && short.length > 1.5 * short.height) return undefined;
  const cos = Math.cos(long.angle);
  const sin = Math.sin(long.angle);
  const along = dx * cos + dy * sin;
  const across = dy * cos - dx * sin;
  const gap = Math.abs(along) - (f.length + g.length) / 2;
  if (gap > MAX_GAP * height || gap < -0.6 * height || Math.abs(across) > MAX_OFFSET * height)
    return undefined;
  // Project both onto the long one's axis, weigh middles and heights by length.
  const [x, y] = f.centre;
  const start = Math.min(-f.length / 2, along - g.length / 2);
  const end = Math.max(f.length / 2, along + g.length / 2);
  const share = g.length / (f.length + g.length);
  const u = (start + end) / 2;
  const v = across * share;
  return {
    frame: {
      centre: [x + u * cos - v * sin, y + u * sin + v * cos],
      angle: long.angle,
      length: end - start,
      height: f.height * (1 - share) + g.height * share,
    },
    confidence: a.confidence * (1 - share) + b.confidence * share,
  };
}
