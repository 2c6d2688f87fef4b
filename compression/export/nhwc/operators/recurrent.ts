import { expected } from '../../../../models/base/errors.js';
import type { Node } from '../../../../models/graph/ir.js';
import { numberAttr, stringAttr } from '../../attributes.js';
import type { NhwcLowering } from '../lowering.js';
import type { Tensor } from '../program.js';
import type { OperatorLowering } from './operator-lowering.js';

/**
 * One copy of the cell a frame: TFLite's own operator keeps its state from one run to the next, and TensorFlow.js has
 * none, so the number of frames must be known.
 */
export const lowerLstm: OperatorLowering = (node, lowering) => {
  const direction = stringAttr(node, 'direction');
  const x = lowering.input(node);
  if (x.shape[1] === null)
    throw expected(
      'unsupported_operator',
      'a known number of frames',
      `LSTM "${node.id}" in ${lowering.features.name}`,
      'an unknown one',
      { remedy: 'Fix the input\'s shape with "inputShapes", or export to ONNX.' },
    );
  const forward = direction === 'reverse' ? undefined : run(node, lowering, x, '', false);
  const suffix = direction === 'bidirectional' ? '_reverse' : '';
  const backward = direction === 'forward' ? undefined : run(node, lowering, x, suffix, true);
  const frames = (forward ?? backward!).map((h, time) =>
    forward && backward
      ? lowering.emit('Concat', [h, backward[time]!], { axis: 1 }, [h.shape[0]!, 2 * (h.shape[1] as number)])
      : h,
  );
  const rows = frames.map((h) =>
    lowering.emit('ExpandDims', [h], { axis: 1 }, [h.shape[0]!, 1, h.shape[1]!]),
  );
  if (rows.length === 1) lowering.bind(node.outputs[0]!, rows[0]!);
  else lowering.result(node, 'Concat', rows, { axis: 1 });
};

/** The state after each frame, [batch, hidden], in the order of time. */
function run(node: Node, lowering: NhwcLowering, x: Tensor, suffix: string, isReverse: boolean): Tensor[] {
  const hidden = numberAttr(node, 'hidden');
  const [batch, time, channels] = x.shape as [number | null, number, number];
  const kernelId = node.params[`kernel${suffix}`];
  const kernel = lowering.param(node, `kernel${suffix}`).data;
  const split = channels * 4 * hidden;
  const own = lowering.derived(`input${suffix}`, kernel.slice(0, split), [channels, 4 * hidden], kernelId);
  const recurrent = lowering.derived(`state${suffix}`, kernel.slice(split), [hidden, 4 * hidden], kernelId);
  const bias = lowering.weight(node, `bias${suffix}`);
  const none = lowering.floats(new Array<number>(4 * hidden).fill(0));
  const gates = lowering.emit('Dense', [x, own, bias], {}, [batch, time, 4 * hidden]);
  const states: Tensor[] = new Array(time);
  let before: { readonly h: Tensor; readonly c: Tensor } | undefined;
  for (let step = 0; step < time; step++) {
    const at = isReverse ? time - 1 - step : step;
    const bounds = [
      [0, at, 0],
      [0, at + 1, 0],
      [1, 1, 1],
    ].map((values) => lowering.ints(values));
    const frame = lowering.emit('StridedSlice', [gates, ...bounds], { beginMask: 5, endMask: 5 }, [
      batch,
      1,
      4 * hidden,
    ]);
    const own = lowering.emit('Squeeze', [frame], { axes: [1] }, [batch, 4 * hidden]);
    before = cell(lowering, own, before, recurrent, none, hidden);
    states[at] = before.h;
  }
  return states;
}

/** c' = σ(f) · c + σ(i) · tanh(g), h' = σ(o) · tanh(c'); a state of zeros adds nothing. */
function cell(
  lowering: NhwcLowering,
  input: Tensor,
  before: { readonly h: Tensor; readonly c: Tensor } | undefined,
  recurrent: Tensor,
  none: Tensor,
  hidden: number,
): { readonly h: Tensor; readonly c: Tensor } {
  const shape = [input.shape[0]!, hidden];
  const sums = before
    ? lowering.emit(
        'Add',
        [input, lowering.emit('Dense', [before.h, recurrent, none], {}, input.shape)],
        {},
        input.shape,
      )
    : input;
  const gate = (block: number, type: 'Sigmoid' | 'Tanh') => {
    const bounds = [
      [0, block * hidden],
      [0, (block + 1) * hidden],
      [1, 1],
    ].map((values) => lowering.ints(values));
    const own = lowering.emit('StridedSlice', [sums, ...bounds], { beginMask: 1, endMask: 1 }, shape);
    return lowering.emit(type, [own], {}, shape);
  };
  const added = lowering.emit('Mul', [gate(0, 'Sigmoid'), gate(2, 'Tanh')], {}, shape);
  const c = before
    ? lowering.emit(
        'Add',
        [lowering.emit('Mul', [gate(1, 'Sigmoid'), before.c], {}, shape), added],
        {},
        shape,
      )
    : added;
  const h = lowering.emit('Mul', [gate(3, 'Sigmoid'), lowering.emit('Tanh', [c], {}, shape)], {}, shape);
  return { h, c };
}
