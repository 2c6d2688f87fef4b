/** What each node ties together, in positions of the table. */
import { atNode, operatorOf, paramShapes } from '../../../models/graph/infer-shapes.js';
import type { Graph, Node, Shape, ValueId } from '../../../models/graph/ir.js';
import { type AxisRef, positionsOf } from '../../../models/graph/operator.js';
import type { AxisEntry, PositionTable, TensorRef } from './position-table.js';

/** A tensor as one input, output or param of a node. A value that is read twice has two slots. */
export interface Slot {
  /** "input 0", "output 0", "weight". */
  readonly name: string;
  readonly kind: 'input' | 'output' | 'param';
  readonly tensor: TensorRef;
}

export interface TiedAxis {
  readonly slot: Slot;
  readonly ref: AxisRef;
  /** Undefined where the size is unknown. */
  readonly entry: AxisEntry | undefined;
}

export interface NodeTie {
  readonly node: Node;
  readonly size: number;
  readonly axes: readonly TiedAxis[];
}

export function slotsOf(node: Node): Slot[] {
  return [
    ...node.inputs.map(
      (id, i): Slot => ({ name: `input ${i}`, kind: 'input', tensor: { kind: 'value', id } }),
    ),
    ...node.outputs.map(
      (id, i): Slot => ({ name: `output ${i}`, kind: 'output', tensor: { kind: 'value', id } }),
    ),
    ...Object.entries(node.params).map(
      ([role, id]): Slot => ({ name: role, kind: 'param', tensor: { kind: 'param', id } }),
    ),
  ];
}

/** @throws invalid_graph, unsupported_operator, naming the node */
export function tiesOf(
  node: Node,
  graph: Graph,
  shapes: ReadonlyMap<ValueId, Shape>,
  table: PositionTable,
): NodeTie[] {
  const slots = new Map(slotsOf(node).map((slot) => [slot.name, slot]));
  const ties = atNode(node, () =>
    operatorOf(node).ties({
      attrs: node.attrs,
      inputs: node.inputs.map((id) => shapes.get(id)!),
      outputs: node.outputs.map((id) => shapes.get(id)!),
      params: paramShapes(node, graph.params),
    }),
  );
  return ties.map(({ size, axes }) => ({
    node,
    size,
    axes: axes.map((ref): TiedAxis => {
      const slot = slots.get(slotName(ref))!;
      return { slot, ref, entry: table.axis(slot.tensor, ref.axis) };
    }),
  }));
}

function slotName({ of }: AxisRef): string {
  if ('param' in of) return of.param;
  return 'input' in of ? `input ${of.input}` : `output ${of.output}`;
}

/** Numbers of the positions that a unit occupies on one axis. */
export function unitPositions({ ref, entry }: TiedAxis, unit: number): number[] {
  return entry ? positionsOf(ref, unit).map((p) => entry.first + p) : [];
}

/** Every position of an axis that a tie names, over all its units. */
export function tiePositions(axis: TiedAxis, size: number): number[] {
  return Array.from({ length: size }, (_, unit) => unitPositions(axis, unit)).flat();
}
