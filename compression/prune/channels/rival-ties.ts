/**
 * Ties that exclude each other. A reshape that merges axes [a, b] into one names each position of the whole twice: it goes
 * with a unit of a, or with a unit of b, not both. At most one of such ties may be followed; the other axes keep their
 * sizes. Mostly all but one cannot be shortened anyway (a height, the heads of an attention).
 */
import { type NodeTie, type TiedAxis, tiePositions, unitPositions } from './node-ties.js';
import type { PositionTable } from './position-table.js';

/** Sorts the ties of one node into those that stand alone and sets of rivals. */
export function separateRivals(ties: readonly NodeTie[]): { alone: NodeTie[]; rivals: NodeTie[][] } {
  const rivals: NodeTie[][] = [];
  const alone: NodeTie[] = [];
  const left = new Set(ties);
  for (const tie of ties) {
    if (!left.delete(tie)) continue;
    const set = [tie];
    for (let i = 0; i < set.length; i++) {
      for (const other of [...left]) {
        if (!overlap(set[i]!, other)) continue;
        set.push(other);
        left.delete(other);
      }
    }
    if (set.length === 1) alone.push(tie);
    else rivals.push(set);
  }
  return { alone, rivals };
}

/** Whether two ties name one position of one slot. */
function overlap(a: NodeTie, b: NodeTie): boolean {
  return a.axes.some((own) =>
    b.axes.some((other) => {
      if (own.slot.name !== other.slot.name || own.ref.axis !== other.ref.axis || !own.entry) return false;
      const taken = new Set(tiePositions(own, a.size));
      return tiePositions(other, b.size).some((position) => taken.has(position));
    }),
  );
}

/**
 * Follows one tie of each set and freezes the axes of the others. Sets in which only one tie can be followed go first,
 * because they settle others; where several can, the one with the most units is taken.
 */
export function settleRivals(
  table: PositionTable,
  sets: readonly NodeTie[][],
  joinTie: (tie: NodeTie) => void,
): void {
  let pending = [...sets];
  while (pending.length > 0) {
    const isSettled = (set: NodeTie[]) => set.filter((tie) => isAlive(table, tie, set)).length <= 1;
    const ready = pending.filter(isSettled);
    const now = ready.length > 0 ? ready : pending.slice(0, 1);
    for (const set of now) settle(table, set, joinTie);
    pending = pending.filter((set) => !now.includes(set));
  }
}

function settle(table: PositionTable, set: readonly NodeTie[], joinTie: (tie: NodeTie) => void): void {
  const alive = set.filter((tie) => isAlive(table, tie, set));
  const chosen = alive.reduce<NodeTie | undefined>(
    (best, tie) => (best && best.size >= tie.size ? best : tie),
    undefined,
  );
  const { node } = set[0]!;
  for (const tie of set) {
    if (tie === chosen) continue;
    const reason = chosen
      ? `${node.op} "${node.id}" merges the axis with another one, which is pruned instead`
      : `${node.op} "${node.id}" merges axes of which none can be shortened`;
    for (const axis of tie.axes) {
      if (chosen && isShared(axis, tie, set)) continue;
      for (const position of tiePositions(axis, tie.size)) table.freeze(position, reason);
    }
  }
  if (chosen) joinTie(chosen);
}

/** Whether some unit of the tie could be removed, as far as is known. */
function isAlive(table: PositionTable, tie: NodeTie, set: readonly NodeTie[]): boolean {
  const own = tie.axes.filter((axis) => !isShared(axis, tie, set));
  const whole = tie.axes.filter((axis) => isShared(axis, tie, set));
  for (let unit = 0; unit < tie.size; unit++) {
    const isFree = (axis: TiedAxis) =>
      axis.entry !== undefined &&
      unitPositions(axis, unit).every((position) => table.whyFrozen(position) === undefined);
    if (own.every(isFree) && whole.every(isFree)) return true;
  }
  return false;
}

function isShared(axis: TiedAxis, tie: NodeTie, set: readonly NodeTie[]): boolean {
  return set.some(
    (other) =>
      other !== tie &&
      other.axes.some(({ slot, ref }) => slot.name === axis.slot.name && ref.axis === axis.ref.axis),
  );
}
