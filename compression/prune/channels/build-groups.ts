/** From classes of positions to groups of units, each axis with the reason why it is there. */
import { operatorOf } from '../../../models/graph/infer-shapes.js';
import type { Graph } from '../../../models/graph/ir.js';
import {
  axisLabel,
  type ChannelGroup,
  type ChannelMaker,
  type Dependencies,
  type FrozenChannels,
  type GroupAxis,
} from './channel-group.js';
import { type NodeTie, tiePositions, unitPositions } from './node-ties.js';
import type { AxisEntry, PositionTable } from './position-table.js';

/** Class → its positions, ascending. */
type Classes = ReadonlyMap<number, readonly number[]>;

export function buildGroups(graph: Graph, table: PositionTable, ties: readonly NodeTie[]): Dependencies {
  const classes = classesOf(table);
  const makers = ties.filter(isMaker);
  const words = new AxisWords(graph);
  const tree = new TieIndex(ties);
  const makersOf = makersByClass(table, makers);
  const drafts = alikeClasses(table, classes).flatMap(({ roots, signature }) => {
    const own = makersOf.get(roots[0]!);
    return own ? [{ roots, signature, own, order: makers.indexOf(own[0]!) }] : [];
  });
  // By axes, not by positions: a group keeps its id when others shrink.
  drafts.sort((a, b) => a.order - b.order || compareLists(a.signature, b.signature));
  const used = new Map<string, number>();
  const groups = drafts.map(({ roots, own }): ChannelGroup => {
    const maker = own[0]!;
    const count = (used.get(maker.node.id) ?? 0) + 1;
    used.set(maker.node.id, count);
    const id = count === 1 ? maker.node.id : `${maker.node.id}#${count}`;
    return { id, makers: own.map(describeMaker), ...groupOf(maker, roots, classes, table, words, tree) };
  });
  return { groups, frozen: frozenChannels(table, makers) };
}

/** A tie that makes channels: of a param and an output, not of an input. */
function isMaker({ axes }: NodeTie): boolean {
  const has = (kind: string) => axes.some(({ slot }) => slot.kind === kind);
  return has('param') && has('output') && !has('input');
}

function outputOf({ axes }: NodeTie) {
  return axes.find(({ slot }) => slot.kind === 'output')!;
}

function describeMaker(tie: NodeTie): ChannelMaker {
  const { slot, ref } = outputOf(tie);
  return { node: tie.node.id, output: slot.tensor.id, axis: ref.axis };
}

/** Classes that can go, in sets that touch the same axes equally often: the units of a group. */
function alikeClasses(table: PositionTable, classes: Classes): { roots: number[]; signature: number[] }[] {
  const sets = new Map<string, { roots: number[]; signature: number[] }>();
  for (const [root, positions] of classes) {
    if (table.whyFrozen(root) !== undefined) continue;
    const counts = new Map<number, number>();
    for (const p of positions) {
      const { index } = table.entryAt(p);
      counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    const signature = [...counts].flat();
    const set = sets.get(signature.join()) ?? { roots: [], signature };
    sets.set(signature.join(), set);
    set.roots.push(root);
  }
  return [...sets.values()];
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((value, at) => value !== b[at]);
  return i < 0 ? a.length - b.length : a[i]! - (b[i] ?? -1);
}

function classesOf(table: PositionTable): Classes {
  const classes = new Map<number, number[]>();
  for (let p = 0; p < table.size; p++) {
    const root = table.find(p);
    const members = classes.get(root);
    if (members) members.push(p);
    else classes.set(root, [p]);
  }
  return classes;
}

/** Class → the ties that make its channels, in the order of the nodes. */
function makersByClass(table: PositionTable, makers: readonly NodeTie[]): Map<number, NodeTie[]> {
  const byClass = new Map<number, NodeTie[]>();
  for (const maker of makers) {
    const roots = maker.axes.flatMap((axis) => tiePositions(axis, maker.size).map((p) => table.find(p)));
    for (const root of new Set(roots)) byClass.set(root, [...(byClass.get(root) ?? []), maker]);
  }
  return byClass;
}

function groupOf(
  maker: NodeTie,
  roots: readonly number[],
  classes: Classes,
  table: PositionTable,
  words: AxisWords,
  tree: TieIndex,
): Omit<ChannelGroup, 'id' | 'makers'> {
  const rootAxis = maker.axes.find(({ slot }) => slot.kind === 'param')!.entry!;
  const output = outputOf(maker).entry!;
  const members = roots.map((root) => classes.get(root)!);
  const on = (entry: AxisEntry, positions: readonly number[]) =>
    positions.filter((p) => p >= entry.first && p < entry.first + entry.size).map((p) => p - entry.first);
  // Units in the order of the root's positions.
  members.sort((a, b) => on(rootAxis, a)[0]! - on(rootAxis, b)[0]!);
  const reasons = tree.reasons(rootAxis, members[0]!, table, words);
  const entries = [...new Set(members[0]!.map((p) => table.entryAt(p)))];
  const axes = entries
    .map((entry): GroupAxis & { rank: number } => {
      const { reason, rank } = reasons.get(entry.index)!;
      return {
        tensor: entry.tensor,
        axis: entry.axis,
        name: words.name(entry),
        positions: members.map((positions) => on(entry, positions)),
        reason,
        rank,
        trainable: words.trainable(entry),
        kind: words.kind(entry),
      };
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ rank: _, ...axis }) => axis);
  const nodes = new Set(
    axes.flatMap(({ tensor }) => (tensor.kind === 'param' ? words.readers(tensor.id) : [])),
  );
  return {
    nodes: [...nodes],
    units: members.length,
    channelsPerUnit: on(output, members[0]!).length,
    root: axes[0]!,
    axes,
  };
}

function frozenChannels(table: PositionTable, makers: readonly NodeTie[]): FrozenChannels[] {
  return makers.flatMap(({ node, size, axes }) => {
    const output = outputOf({ node, size, axes });
    const reasons = tiePositions(output, size).flatMap((p) => table.whyFrozen(p) ?? []);
    return reasons.length > 0 ? [{ node: node.id, channels: reasons.length, reason: reasons[0]! }] : [];
  });
}

/** What operators call the axes of params, and who reads them. */
class AxisWords {
  readonly #readers = new Map<
    string,
    { node: string; op: string; role: string; axes: readonly string[]; trainable: boolean }[]
  >();
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
    for (const node of graph.nodes) {
      for (const [role, id] of Object.entries(node.params)) {
        const { axes } = operatorOf(node).params[role]!;
        const reader = { node: node.id, op: node.op, role, axes, trainable: graph.params.get(id)!.trainable };
        this.#readers.set(id, [...(this.#readers.get(id) ?? []), reader]);
      }
    }
  }

  name({ tensor, axis }: AxisEntry): string {
    return (tensor.kind === 'param' && this.#readers.get(tensor.id)?.[0]?.axes[axis]) || `axis ${axis}`;
  }

  label(entry: AxisEntry): string {
    return axisLabel({ tensor: entry.tensor, name: this.name(entry) });
  }

  trainable({ tensor }: AxisEntry): boolean {
    return tensor.kind === 'param' && this.#graph.params.get(tensor.id)!.trainable;
  }

  kind({ tensor, axis }: AxisEntry): string {
    if (tensor.kind === 'value') return '';
    const reader = this.#readers.get(tensor.id)?.[0];
    return reader ? `${reader.op} ${reader.role} ${axis}` : '';
  }

  readers(param: string): string[] {
    return (this.#readers.get(param) ?? []).map(({ node }) => node);
  }
}

/** Position → the ties, and the units of them, that name it. */
class TieIndex {
  readonly #at = new Map<number, { tie: NodeTie; unit: number }[]>();

  constructor(ties: readonly NodeTie[]) {
    for (const tie of ties) {
      for (let unit = 0; unit < tie.size; unit++) {
        for (const p of tie.axes.flatMap((axis) => unitPositions(axis, unit))) {
          const list = this.#at.get(p);
          if (list) list.push({ tie, unit });
          else this.#at.set(p, [{ tie, unit }]);
        }
      }
    }
  }

  /** Breadth first from the root over one unit: by which tie, from which axis, each other axis is reached. */
  reasons(
    root: AxisEntry,
    unit: readonly number[],
    table: PositionTable,
    words: AxisWords,
  ): Map<number, { reason: string; rank: number }> {
    const reasons = new Map([[root.index, { reason: 'makes the channels', rank: 0 }]]);
    const queue = unit.filter((p) => table.entryAt(p) === root);
    const seen = new Set(queue);
    for (let i = 0; i < queue.length; i++) {
      const from = table.entryAt(queue[i]!);
      for (const { tie, unit: u } of this.#at.get(queue[i]!) ?? []) {
        for (const axis of tie.axes) {
          for (const p of unitPositions(axis, u)) {
            if (seen.has(p)) continue;
            seen.add(p);
            queue.push(p);
            if (reasons.has(axis.entry!.index)) continue;
            const reason = `${tie.node.op} "${tie.node.id}" ties it to ${words.label(from)}`;
            reasons.set(axis.entry!.index, { reason, rank: reasons.size });
          }
        }
      }
    }
    return reasons;
  }
}
