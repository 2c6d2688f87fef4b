/** Makes superpixels connected: every fragment joins the neighbour that looks most like it. */
import type { Lab } from './lab.js';

/** 4-connected parts; those below `least` pixels, then the smallest until `most` are left, join the neighbour of nearest colour. */
export function connect({ width, data }: Lab, labels: Int32Array, least: number, most: number): number {
  const part = new Int32Array(labels.length).fill(-1);
  const stats: { size: number; colour: [number, number, number] }[] = [];
  for (let seed = 0; seed < labels.length; seed++) {
    if (part[seed] !== -1) continue;
    const own = stats.length;
    const colour: [number, number, number] = [0, 0, 0];
    const stack = [seed];
    part[seed] = own;
    let size = 0;
    while (stack.length > 0) {
      const i = stack.pop()!;
      size++;
      for (let c = 0; c < 3; c++) colour[c]! += data[3 * i + c]!;
      const x = i % width;
      for (let side = 0; side < 4; side++) {
        if ((side === 0 && x === 0) || (side === 1 && x === width - 1)) continue;
        const j = i + (side === 0 ? -1 : side === 1 ? 1 : side === 2 ? -width : width);
        if (part[j] === -1 && labels[j] === labels[i]) {
          part[j] = own;
          stack.push(j);
        }
      }
    }
    stats.push({ size, colour: colour.map((sum) => sum / size) as [number, number, number] });
  }
  const parents = stats.map((_, k) => k);
  const find = (k: number): number => {
    let root = k;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]!]!;
    return root;
  };
  const isRoot = (k: number) => parents[k] === k;
  let left = stats.length;
  const unite = (p: number, q: number) => {
    const [root, child] = p < q ? [p, q] : [q, p];
    parents[child] = root;
    const [to, from] = [stats[root]!, stats[child]!];
    to.size += from.size;
    to.colour.forEach((value, c) => {
      to.colour[c] = value + (from.size / to.size) * (from.colour[c]! - value);
    });
    left--;
  };
  const touching = new Set<number>();
  part.forEach((p, i) => {
    for (const j of [i + 1, i + width]) {
      if (j >= part.length || (j === i + 1 && j % width === 0) || part[j] === p) continue;
      touching.add(Math.min(p, part[j]!) * stats.length + Math.max(p, part[j]!));
    }
  });
  const edges = [...touching].map((key) => [Math.floor(key / stats.length), key % stats.length] as const);
  const joinBelow = (limit: number, enough: number) => {
    while (left > enough) {
      const small = parents.filter((_, k) => isRoot(k) && stats[k]!.size < limit);
      const offers = new Map<number, { to: number; d: number }>();
      const offer = (p: number, q: number, d: number) => {
        const best = offers.get(p);
        if (stats[p]!.size < limit && (!best || d < best.d || (d === best.d && q < best.to)))
          offers.set(p, { to: q, d });
      };
      for (const edge of edges) {
        const [p, q] = [find(edge[0]), find(edge[1])];
        if (p === q) continue;
        const d = stats[p]!.colour.reduce((sum, value, c) => sum + (value - stats[q]!.colour[c]!) ** 2, 0);
        offer(p, q, d);
        offer(q, p, d);
      }
      if (offers.size === 0) return;
      const sizes = new Map(small.map((k) => [k, stats[k]!.size]));
      small.sort((p, q) => sizes.get(p)! - sizes.get(q)! || p - q);
      for (const k of small) {
        const [p, q] = [find(k), find(offers.get(k)?.to ?? k)];
        if (left > enough && p !== q && stats[p]!.size < limit) unite(p, q);
      }
    }
  };
  joinBelow(least, 1);
  while (left > most) {
    const sizes = stats.filter((_, k) => isRoot(k)).map(({ size }) => size);
    joinBelow(sizes.sort((a, b) => a - b)[sizes.length - most - 1]! + 1, most);
  }
  const names = new Map<number, number>();
  part.forEach((p, i) => {
    const root = find(p);
    if (!names.has(root)) names.set(root, names.size);
    labels[i] = names.get(root)!;
  });
  return names.size;
}
