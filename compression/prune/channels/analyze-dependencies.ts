/**
 * Which channels must go together. Every operator says which axes lose a unit together (`ties`); channels that residual
 * sums, concatenations, depthwise layers, gates or shared params couple end up in one class of a union-find over all
 * positions of all axes. A position that some node needs as it is (an input or output of the graph, the axis of a
 * soft-max, a padded or sliced axis) freezes its class. Dependency graphs as in Fang et al. 2023 (DepGraph), here per
 * position, so that only the coupled part of a concatenation is coupled.
 */
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import type { Graph, Shape, ValueId } from '../../../models/graph/ir.js';
import { buildGroups } from './build-groups.js';
import type { Dependencies } from './channel-group.js';
import { type NodeTie, slotsOf, tiePositions, tiesOf, unitPositions } from './node-ties.js';
import { PositionTable } from './position-table.js';
import { separateRivals, settleRivals } from './rival-ties.js';

/** Operators whose inputs broadcast against each other. */
const BROADCASTING = new Set(['Add', 'Sub', 'Mul', 'Div']);

/** @throws invalid_graph, unsupported_operator */
export function analyzeDependencies(graph: Graph): Dependencies {
  const shapes = inferShapes(graph);
  const table = new PositionTable(graph, shapes);
  for (const { id } of graph.inputs) freezeValue(table, id, `"${id}" is an input of the graph`);
  for (const id of graph.outputs) freezeValue(table, id, `"${id}" is an output of the graph`);

  const followed: NodeTie[] = [];
  const join = (tie: NodeTie) => {
    followed.push(tie);
    joinTie(table, tie);
  };
  const rivals: NodeTie[][] = [];
  for (const node of graph.nodes) {
    const ties = tiesOf(node, graph, shapes, table);
    freezeUncovered(table, ties, node);
    if (BROADCASTING.has(node.op)) freezeUnknownBroadcast(table, ties, shapes);
    const separated = separateRivals(ties);
    separated.alone.forEach(join);
    rivals.push(...separated.rivals);
  }
  settleRivals(table, rivals, join);
  return buildGroups(graph, table, followed);
}

function freezeValue(table: PositionTable, id: ValueId, reason: string): void {
  for (const entry of table.axesOf({ kind: 'value', id })) table.freezeAxis(entry, reason);
}

function joinTie(table: PositionTable, { node, size, axes }: NodeTie): void {
  const unknown = axes.find(({ entry }) => !entry);
  for (let unit = 0; unit < size; unit++) {
    const positions = axes.flatMap((axis) => unitPositions(axis, unit));
    for (const position of positions.slice(1)) table.join(positions[0]!, position);
    if (unknown && positions.length > 0) {
      table.freeze(positions[0]!, `${node.op} "${node.id}" joins it with an axis of unknown size`);
    }
  }
}

/** What a node names in no tie keeps its length there. */
function freezeUncovered(table: PositionTable, ties: readonly NodeTie[], node: NodeTie['node']): void {
  for (const slot of slotsOf(node)) {
    const covered = new Set(
      ties.flatMap(({ size, axes }) =>
        axes.filter((axis) => axis.slot.name === slot.name).flatMap((axis) => tiePositions(axis, size)),
      ),
    );
    for (const entry of table.axesOf(slot.tensor)) {
      for (let p = entry.first; p < entry.first + entry.size; p++) {
        if (!covered.has(p)) table.freeze(p, `${node.op} "${node.id}" needs it whole`);
      }
    }
  }
}

/** Where an input's size is unknown, it may be the output's at run time. */
function freezeUnknownBroadcast(
  table: PositionTable,
  ties: readonly NodeTie[],
  shapes: ReadonlyMap<ValueId, Shape>,
): void {
  for (const { node, axes } of ties) {
    const output = axes.find(({ slot }) => slot.kind === 'output')?.entry;
    if (!output) continue;
    const fromRight = shapes.get(node.outputs[0]!)!.length - output.axis;
    if (node.inputs.some((id) => shapes.get(id)!.at(-fromRight) === null)) {
      table.freezeAxis(output, `${node.op} "${node.id}" joins it with an axis of unknown size`);
    }
  }
}
