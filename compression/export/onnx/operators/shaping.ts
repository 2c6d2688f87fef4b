import { CHANNELS_FIRST, identityPerm, type Perm, samePerm } from '../../../perm.js';
import { numberAttr, numbersAttr, positiveAxis, stringAttr } from '../../attributes.js';
import type { OperatorExporter } from './operator-exporter.js';

export const exportIdentity: OperatorExporter = (node, lowering) => {
  lowering.bind(node.outputs[0]!, lowering.stored(node.inputs[0]!));
};

/** No node at all: the new order is remembered, and made where somebody needs it. */
export const exportTranspose: OperatorExporter = (node, lowering) => {
  const { name, perm } = lowering.stored(node.inputs[0]!);
  const wanted = numbersAttr(node, 'perm');
  lowering.bind(node.outputs[0]!, { name, perm: perm.map((axis) => wanted.indexOf(axis)) });
};

export const exportReshape: OperatorExporter = (node, lowering) => {
  const shape = numbersAttr(node, 'shape');
  const operand = lowering.read(node.inputs[0]!);
  lowering.result(
    node.outputs[0]!,
    'Reshape',
    [operand, lowering.int64(shape)],
    {},
    identityPerm(shape.length),
  );
};

export const exportSqueeze: OperatorExporter = (node, lowering) => {
  const input = node.inputs[0]!;
  const { name, perm } = lowering.stored(input);
  const single = lowering.shape(input).flatMap((d, axis) => (d === 1 ? [axis] : []));
  const axes = (node.attrs.axes == null ? single : numbersAttr(node, 'axes')).map((a) =>
    positiveAxis(a, perm.length),
  );
  const stored = axes.map((axis) => perm.indexOf(axis)).sort((a, b) => a - b);
  const outPerm = perm
    .filter((axis) => !axes.includes(axis))
    .map((axis) => axis - axes.filter((gone) => gone < axis).length);
  lowering.result(node.outputs[0]!, 'Squeeze', [name, lowering.int64(stored)], {}, outPerm);
};

export const exportUnsqueeze: OperatorExporter = (node, lowering) => {
  const { name, perm } = lowering.stored(node.inputs[0]!);
  const rank = perm.length + numbersAttr(node, 'axes').length;
  const axes = numbersAttr(node, 'axes').map((a) => positiveAxis(a, rank));
  const kept = identityPerm(rank).filter((axis) => !axes.includes(axis));
  const old = perm.map((axis) => kept[axis]!);
  // A new axis may lie anywhere: put it so that the result is NCHW or the graph's own order if the old axes allow it.
  const fits = (candidate: Perm) =>
    samePerm(
      candidate.filter((axis) => !axes.includes(axis)),
      old,
    );
  const candidates = rank === 4 ? [CHANNELS_FIRST, identityPerm(4)] : [identityPerm(rank)];
  const outPerm = candidates.find(fits) ?? [...axes, ...old];
  const stored = axes.map((axis) => outPerm.indexOf(axis)).sort((a, b) => a - b);
  lowering.result(node.outputs[0]!, 'Unsqueeze', [name, lowering.int64(stored)], {}, outPerm);
};

export const exportSlice: OperatorExporter = (node, lowering) => {
  const { name, perm } = lowering.stored(node.inputs[0]!);
  const starts = numbersAttr(node, 'starts');
  const axes = numbersAttr(node, 'axes', identityPerm(starts.length)).map((a) =>
    perm.indexOf(positiveAxis(a, perm.length)),
  );
  const steps = numbersAttr(
    node,
    'steps',
    starts.map(() => 1),
  );
  const constants = [starts, numbersAttr(node, 'ends'), axes, steps].map((values) => lowering.int64(values));
  lowering.result(node.outputs[0]!, 'Slice', [name, ...constants], {}, perm);
};

/** `pads`: the amounts before every axis, then those after every axis. */
export const exportPad: OperatorExporter = (node, lowering) => {
  const { name, perm } = lowering.stored(node.inputs[0]!);
  const pads = numbersAttr(node, 'pads');
  const rank = perm.length;
  const stored = [...perm.map((axis) => pads[axis]!), ...perm.map((axis) => pads[rank + axis]!)];
  const mode = stringAttr(node, 'mode', 'constant');
  const operands = [name, lowering.int64(stored)];
  if (mode === 'constant') operands.push(lowering.floats([numberAttr(node, 'value', 0)], []));
  lowering.result(node.outputs[0]!, 'Pad', operands, { mode }, perm);
};
