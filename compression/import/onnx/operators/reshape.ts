/**
 * Reshape in whatever order a value is stored. Sizes of the file before and after fall into groups of equal product; where
 * the axes of every group lie next to each other in storage, the same split or merge is done there, and no axis moves.
 */
import type { ValueId } from '../../../../models/graph/ir.js';
import { identityPerm, type Perm } from '../../../perm.js';
import { type Size, SymbolicSize, sameSize } from '../constant.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import type { Raising } from '../raising.js';
import { sizesInput } from './constants.js';
import type { OperatorImporter } from './operator-importer.js';

export const importReshape: OperatorImporter = (node, raising) => {
  const target = sizesInput(node, raising, 1, 'a shape') ?? node.ints('shape');
  if (!target) throw corrupt(`Node "${node.name}" (Reshape): Expected a shape but received none.`);
  const copies = node.int('allowzero', 0) === 0;
  const sizes = raising.sizes(node.need(0));
  const wanted = target.map((size, axis) => {
    if (size !== 0 || !copies) return size;
    const copied = sizes[axis];
    if (copied === undefined)
      throw corrupt(`Node "${node.name}" (Reshape): Expected an axis ${axis} to copy but found none.`);
    return copied;
  });
  reshapeTo(node, raising, wanted);
};

/** All axes before `axis` in one, all from there on in another. */
export const importFlatten: OperatorImporter = (node, raising) => {
  const sizes = raising.sizes(node.need(0));
  const axis = node.int('axis', 1);
  const at = axis < 0 ? axis + sizes.length : axis;
  const before = product(sizes.slice(0, at));
  const after = product(sizes.slice(at));
  if (before !== undefined) reshapeTo(node, raising, [before, after ?? -1]);
  else if (after !== undefined) reshapeTo(node, raising, [-1, after]);
  else throw new Unsupported('of several sizes known only at run time');
};

function product(sizes: readonly Size[]): Size | undefined {
  const known = sizes.reduce((all: number, d) => all * (typeof d === 'number' ? d : d.times), 1);
  const symbols = sizes.filter((size) => size instanceof SymbolicSize);
  if (symbols.length === 0) return known;
  return symbols.length === 1 ? new SymbolicSize((symbols[0] as SymbolicSize).symbol, known) : undefined;
}

/** @param wanted sizes in the file's order; one may be −1 */
export function reshapeTo(node: OnnxNode, raising: Raising, wanted: readonly Size[]): void {
  const input = node.need(0);
  const output = node.outputs[0]!;
  const sizes = raising.sizes(input);
  if (
    wanted.some((size) => typeof size === 'number' && (size < -1 || size === 0)) ||
    wanted.filter((size) => size === -1).length > 1
  )
    throw corrupt(
      `Node "${node.name}" (${node.op}): Expected a shape but received [${wanted.map(String).join(', ')}].`,
    );
  const whole = resolved(sizes, wanted);
  const { id, perm } = raising.stored(input);
  const moved = whereOnesMove(sizes, whole);
  if (moved) {
    raising.bind(output, { id, perm: perm.map((axis) => moved[axis]!) });
    return;
  }
  const order = storedOrder(sizes, whole, perm);
  const value = order ? id : raising.read(input);
  const outPerm = order ?? identityPerm(whole.length);
  const target = outPerm.map((axis) => whole[axis]);
  const same = unchanged(raising, value, target);
  if (same !== undefined) raising.bind(output, { id: same, perm: outPerm });
  else
    raising.result(
      output,
      'Reshape',
      [value],
      { shape: shapeAttribute(raising.draft.sizes(value), target) },
      outPerm,
    );
}

/** Where each axis goes if only axes of size 1 change their places: then nothing moves but the order of the axes. */
function whereOnesMove(sizes: readonly Size[], whole: readonly (Size | undefined)[]): number[] | undefined {
  if (sizes.length !== whole.length || sizes.every((size, axis) => sameSize(size, whole[axis])))
    return undefined;
  const split = (all: readonly (Size | undefined)[]) => {
    const axes = [...all.keys()];
    return { wide: axes.filter((axis) => all[axis] !== 1), single: axes.filter((axis) => all[axis] === 1) };
  };
  const [from, to] = [split(sizes), split(whole)];
  const isSame =
    from.wide.length === to.wide.length &&
    from.wide.every((axis, i) => sameSize(sizes[axis]!, whole[to.wide[i]!]));
  if (!isSame) return undefined;
  return [...sizes.keys()].map((axis) => {
    const at = from.wide.indexOf(axis);
    return at >= 0 ? to.wide[at]! : to.single[from.single.indexOf(axis)]!;
  });
}

const RESHAPING = new Set(['Reshape', 'Squeeze', 'Unsqueeze']);

/** A value that has the wanted sizes already: the given one, or what it was reshaped from. */
export function unchanged(
  raising: Raising,
  value: ValueId,
  target: readonly (Size | undefined)[],
): ValueId | undefined {
  for (let id: ValueId | undefined = value; id !== undefined; ) {
    const sizes = raising.draft.sizes(id);
    if (sizes.length === target.length && sizes.every((size, axis) => sameSize(size, target[axis])))
      return id;
    const node = raising.draft.node(id);
    id = node && RESHAPING.has(node.op) ? node.inputs[0] : undefined;
  }
  return undefined;
}

/** What −1 is, as far as it can be told. */
function resolved(sizes: readonly Size[], wanted: readonly Size[]): (Size | undefined)[] {
  const hole = wanted.indexOf(-1);
  if (hole < 0) return [...wanted];
  const left = sizes.filter((size) => size instanceof SymbolicSize) as SymbolicSize[];
  let times = sizes.reduce((all: number, d) => all * (typeof d === 'number' ? d : d.times), 1);
  for (const [axis, size] of wanted.entries()) {
    if (axis === hole) continue;
    times /= typeof size === 'number' ? size : size.times;
    if (typeof size === 'number') continue;
    const at = left.findIndex(({ symbol }) => symbol === size.symbol);
    if (at < 0) return wanted.map((d, i) => (i === hole ? undefined : d));
    left.splice(at, 1);
  }
  const rest =
    left.length === 0 ? times : left.length === 1 ? new SymbolicSize(left[0]!.symbol, times) : undefined;
  const isWhole = Number.isSafeInteger(times) && times >= 1;
  return wanted.map((d, axis) => (axis === hole ? (isWhole ? rest : undefined) : d));
}

/** The order of the result's axes if the reshape can be done in the order `perm`, else undefined. */
function storedOrder(
  sizes: readonly Size[],
  whole: readonly (Size | undefined)[],
  perm: Perm,
): Perm | undefined {
  const groups = groupsOf(sizes, whole);
  if (!groups) return undefined;
  const wide = (axis: number) => sizes[axis] !== 1;
  const stored = perm.filter(wide);
  const order: number[] = [];
  for (let at = 0; at < stored.length; ) {
    const group = groups.find(({ ins }) => ins.includes(stored[at]!))!;
    const ins = group.ins.filter(wide);
    if (ins.some((axis, i) => stored[at + i] !== axis)) return undefined;
    order.push(...group.outs);
    at += ins.length;
  }
  // Axes of size 1 that came from nothing but such axes go behind their neighbour.
  for (const { ins, outs } of groups) {
    if (ins.some(wide)) continue;
    for (const axis of outs) order.splice(order.indexOf(axis - 1) + 1, 0, axis);
  }
  return order;
}

interface Group {
  readonly ins: readonly number[];
  readonly outs: readonly number[];
}

/** Neighbouring axes whose products are equal on both sides, as small as they can be. */
function groupsOf(sizes: readonly Size[], whole: readonly (Size | undefined)[]): Group[] | undefined {
  const [before, after] = [prefixes(sizes), prefixes(whole)];
  if (before.at(-1) === undefined || before.at(-1) !== after.at(-1)) return undefined;
  const groups: Group[] = [];
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  let [i, j] = [0, 0];
  for (let a = 1; a <= sizes.length; a++) {
    const b = after.findIndex((key, k) => k >= j && key === before[a]);
    if (b < 0) continue;
    groups.push({ ins: range(i, a), outs: range(j, b) });
    [i, j] = [a, b];
  }
  if (j < whole.length) groups.push({ ins: [], outs: range(j, whole.length) });
  return groups;
}

/** A key for the product of the first 0, 1, 2, … sizes; undefined from where it can't be told. */
function prefixes(sizes: readonly (Size | undefined)[]): (string | undefined)[] {
  let known = 1;
  const symbols: string[] = [];
  const keys: (string | undefined)[] = ['1'];
  let isLost = false;
  for (const size of sizes) {
    isLost ||= size === undefined;
    if (size instanceof SymbolicSize) symbols.push(size.symbol);
    known *= typeof size === 'number' ? size : (size?.times ?? 1);
    keys.push(isLost ? undefined : [known, ...[...symbols].sort()].join('*'));
  }
  return keys;
}

/** Numbers where sizes are known, 0 where an unknown one is copied from the same axis, −1 for one that is left. */
export function shapeAttribute(sizes: readonly Size[], target: readonly (Size | undefined)[]): number[] {
  const shape = target.map((size, axis) => {
    if (typeof size === 'number') return size;
    return size !== undefined && sameSize(size, sizes[axis]) ? 0 : -1;
  });
  if (shape.filter((d) => d === -1).length > 1) throw new Unsupported('to a shape known only at run time');
  return shape;
}
