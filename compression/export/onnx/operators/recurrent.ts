import { expected } from '../../../../models/base/errors.js';
import type { Node } from '../../../../models/graph/ir.js';
import { numberAttr, stringAttr } from '../../attributes.js';
import type { Lowering } from '../lowering.js';
import type { OperatorExporter } from './operator-exporter.js';

/** Where ONNX's gates (input, output, forget, cell) stand among the graph's (input, forget, cell, output). */
const GATES = [0, 3, 1, 2] as const;

/** Time first, as ONNX Runtime's only LSTM layout wants it: storage [time, batch, channels]. */
const TIME_FIRST = [1, 0, 2] as const;

/** Rows of `[in + hidden, 4·hidden]` from `first` on, transposed to ONNX's [4·hidden, rows] with its order of gates. */
function gateRows(
  kernel: Float32Array,
  hidden: number,
  first: number,
  rows: number,
  out: Float32Array,
): void {
  const columns = 4 * hidden;
  for (let gate = 0; gate < 4; gate++) {
    for (let unit = 0; unit < hidden; unit++) {
      const from = GATES[gate]! * hidden + unit;
      const to = (gate * hidden + unit) * rows;
      for (let row = 0; row < rows; row++) out[to + row] = kernel[(first + row) * columns + from]!;
    }
  }
}

function constants(
  node: Node,
  lowering: Lowering,
  suffixes: readonly string[],
  hidden: number,
  inputs: number,
) {
  const directions = suffixes.length;
  const kernels = suffixes.map((suffix) => lowering.param(node, `kernel${suffix}`).data);
  const biases = suffixes.map((suffix) => lowering.param(node, `bias${suffix}`).data);
  const size = 4 * hidden;
  const matrix = (variant: string, first: number, rows: number) =>
    lowering.derived(node.params[`kernel${suffixes[0]}`]!, `${variant}${directions}`, () => {
      const data = new Float32Array(directions * size * rows);
      kernels.forEach((kernel, d) => {
        gateRows(kernel, hidden, first, rows, data.subarray(d * size * rows, (d + 1) * size * rows));
      });
      return { data, shape: [directions, size, rows] };
    });
  const bias = lowering.derived(node.params[`bias${suffixes[0]}`]!, `b${directions}`, () => {
    // ONNX has a bias for the input and one for the state; the second stays 0.
    const data = new Float32Array(directions * 2 * size);
    biases.forEach((values, d) => {
      gateRows(values, hidden, 0, 1, data.subarray(d * 2 * size, d * 2 * size + size));
    });
    return { data, shape: [directions, 2 * size] };
  });
  return [matrix('w', 0, inputs), matrix('r', inputs, hidden), bias];
}

export const exportLstm: OperatorExporter = (node, lowering) => {
  const hidden = numberAttr(node, 'hidden');
  const direction = stringAttr(node, 'direction', 'forward');
  const input = node.inputs[0]!;
  const inputs = lowering.param(node, 'kernel').shape[0]! - hidden;
  let suffixes: readonly string[];
  if (direction === 'bidirectional') suffixes = ['', '_reverse'];
  else if (direction === 'forward') suffixes = [''];
  else if (direction === 'reverse') suffixes = [''];
  else
    throw expected(
      'invalid_graph',
      'forward, reverse or bidirectional',
      `direction of LSTM "${node.id}"`,
      direction,
    );
  const operands = [lowering.read(input, TIME_FIRST), ...constants(node, lowering, suffixes, hidden, inputs)];
  const output = node.outputs[0]!;
  // [time, directions, batch, hidden]
  const states = lowering.emit('LSTM', operands, { hidden_size: hidden, direction });
  if (suffixes.length === 1) {
    lowering.result(output, 'Squeeze', [states, lowering.int64([1])], {}, TIME_FIRST);
    return;
  }
  const swapped = lowering.emit('Transpose', [states], { perm: [0, 2, 1, 3] });
  const shape = lowering.int64([0, 0, suffixes.length * hidden]);
  lowering.result(output, 'Reshape', [swapped, shape], {}, TIME_FIRST);
};
