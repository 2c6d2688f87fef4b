/** Nodes that change nothing, or undo what the node before did. */
import { inferShapes } from '../../models/graph/infer-shapes.js';
import type { Node, Shape, ValueId } from '../../models/graph/ir.js';
import type { GraphEdit } from './graph-edit.js';

const RESHAPERS = new Set(['Reshape', 'Squeeze', 'Unsqueeze']);

/** Takes one such node away. @returns what was done, undefined where there is none */
export function removeOneIdentity(edit: GraphEdit): { node: string; figure: string } | undefined {
  const shapes = inferShapes(edit.graph);
  for (const node of edit.nodes) {
    const input = node.inputs[0]!;
    const before = edit.producer(input);
    if (changesNothing(node, shapes) && edit.bypass(node, input))
      return { node: node.id, figure: 'it changed nothing' };
    if (!before) continue;
    if (node.op === 'Transpose' && before.op === 'Transpose') {
      const [inner, outer] = [before, node].map(({ attrs }) => attrs.perm as readonly number[]);
      const perm = outer!.map((axis) => inner![axis]!);
      edit.replace({ ...node, inputs: before.inputs, attrs: { perm } });
      return { node: node.id, figure: `it took in ${before.id}` };
    }
    if (!RESHAPERS.has(node.op) || !RESHAPERS.has(before.op)) continue;
    const [from, to] = [before.inputs[0]!, node.outputs[0]!];
    if (sameShape(shapes.get(from)!, shapes.get(to)!, node.op, before.op) && edit.bypass(node, from))
      return { node: node.id, figure: `it undid ${before.id}` };
    // Only sizes that are written out, or left over, mean the same after another tensor of as many elements.
    if (node.op === 'Reshape' && !(node.attrs.shape as readonly number[]).includes(0)) {
      edit.replace({ ...node, inputs: before.inputs });
      return { node: node.id, figure: `it took in ${before.id}` };
    }
  }
  return undefined;
}

function changesNothing(node: Node, shapes: ReadonlyMap<ValueId, Shape>): boolean {
  const { attrs } = node;
  const list = (key: string) => attrs[key] as readonly number[];
  const isOne = (n: number) => n === 1;
  switch (node.op) {
    case 'Identity':
      return true;
    case 'Transpose':
      return list('perm').every((from, axis) => from === axis);
    case 'Concat':
      return node.inputs.length === 1;
    case 'Pad':
      return list('pads').every((n) => n === 0);
    case 'Resize':
      return list('scales').every(isOne);
    case 'DepthToSpace':
      return attrs.blocksize === 1;
    case 'MaxPool':
    case 'AveragePool': {
      const { pads } = attrs;
      const isUnpadded = typeof pads === 'string' || list('pads').every((n) => n === 0);
      return list('kernel').every(isOne) && list('strides').every(isOne) && isUnpadded;
    }
    case 'Slice':
    case 'Reshape': {
      const [from, to] = [shapes.get(node.inputs[0]!)!, shapes.get(node.outputs[0]!)!];
      if (node.op === 'Reshape') return sameShape(from, to, 'Reshape');
      return list('steps').every(isOne) && from.join() === to.join() && !from.some(isUnknownAt(node, from));
    }
    default:
      return false;
  }
}

/** Whether an axis that is sliced has an unknown length. */
function isUnknownAt(node: Node, shape: Shape): (d: number | null, axis: number) => boolean {
  const axes = (node.attrs.axes as readonly number[]).map((axis) => (axis < 0 ? axis + shape.length : axis));
  return (d, axis) => d === null && axes.includes(axis);
}

/** Equal, so far as is known: two unknown axes may have been exchanged by a Reshape, not by the other two. */
function sameShape(from: Shape, to: Shape, ...ops: readonly string[]): boolean {
  const unknown = from.filter((d) => d === null).length;
  const isSure = unknown <= 1 || !ops.includes('Reshape');
  return isSure && from.length === to.length && from.every((d, axis) => d === to[axis]);
}
