import type { Param } from '../../../../models/graph/ir.js';
import type { Perm } from '../../../perm.js';
import { type Constant, numbersOf } from '../constant.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import type { Raising, Special } from '../raising.js';
import { uniformValue, weightOf } from './constants.js';
import type { OperatorImporter } from './operator-importer.js';

/** Where the graph's gates (input, forget, cell, output) stand among ONNX's (input, output, forget, cell). */
const GATES = [0, 2, 3, 1] as const;

/** Zeros, of whatever shape, or nothing at all. */
function isZero(node: OnnxNode, raising: Raising, index: number): boolean {
  const name = node.input(index);
  if (name === undefined) return true;
  const constant = raising.constant(name);
  if (constant) return uniformValue(constant) === 0;
  const special = raising.special(name) as (Special & { readonly value?: number }) | undefined;
  return special?.kind === 'filled' && special.value === 0;
}

interface Weights {
  readonly input: ArrayLike<number>;
  readonly state: ArrayLike<number>;
  readonly bias: ArrayLike<number> | undefined;
  readonly inputs: number;
  readonly hidden: number;
}

/** ONNX's [4·hidden, inputs] and [4·hidden, hidden] of one direction → [inputs + hidden, 4·hidden]. */
function kernelOf({ input, state, inputs, hidden }: Weights, direction: number, raising: Raising): Param {
  const columns = 4 * hidden;
  raising.params.claim((inputs + hidden) * columns);
  const data = new Float32Array((inputs + hidden) * columns);
  for (let gate = 0; gate < 4; gate++) {
    for (let unit = 0; unit < hidden; unit++) {
      const from = GATES[gate]! * hidden + unit;
      const to = gate * hidden + unit;
      for (let row = 0; row < inputs; row++)
        data[row * columns + to] = input[(direction * columns + from) * inputs + row]!;
      for (let row = 0; row < hidden; row++)
        data[(inputs + row) * columns + to] = state[(direction * columns + from) * hidden + row]!;
    }
  }
  return raising.params.made(data, [inputs + hidden, columns]);
}

/** ONNX has a bias for the input and one for the state. */
function biasOf({ bias, hidden }: Weights, direction: number, raising: Raising): Param {
  const data = new Float32Array(4 * hidden);
  if (bias) {
    for (let gate = 0; gate < 4; gate++) {
      for (let unit = 0; unit < hidden; unit++) {
        const from = direction * 8 * hidden + GATES[gate]! * hidden + unit;
        data[gate * hidden + unit] = bias[from]! + bias[from + 4 * hidden]!;
      }
    }
  }
  return raising.params.made(data);
}

function weights(node: OnnxNode, raising: Raising, directions: number): Weights {
  const [w, r] = [weightOf(node, raising, 1, 'a kernel'), weightOf(node, raising, 2, 'a recurrent kernel')];
  const b = node.input(3) === undefined ? undefined : weightOf(node, raising, 3, 'a bias');
  const hidden = node.int('hidden_size', r.dims[2] ?? 0);
  const inputs = w.dims[2] ?? 0;
  const check = (constant: Constant, ...dims: number[]) => {
    if (
      constant.dims.length !== dims.length ||
      constant.dims.some((d, axis) => d !== dims[axis]) ||
      dims.includes(0)
    )
      throw corrupt(
        `Node "${node.name}" (LSTM): Expected weights [${dims.join(', ')}] but received [${constant.dims.join(', ')}].`,
      );
    const numbers = numbersOf(constant);
    if (!numbers) throw new Unsupported('with sizes for weights');
    return numbers;
  };
  return {
    input: check(w, directions, 4 * hidden, inputs),
    state: check(r, directions, 4 * hidden, hidden),
    bias: b && check(b, directions, 8 * hidden),
    inputs,
    hidden,
  };
}

function checkVariant(node: OnnxNode, raising: Raising, directions: number): void {
  const activations = node.strings('activations');
  const standard = ['sigmoid', 'tanh', 'tanh'];
  if (activations && !activations.every((name, i) => name.toLowerCase() === standard[i % 3]))
    throw new Unsupported(`with activations ${activations.slice(0, 3 * directions).join(', ')}`);
  if (node.has('clip')) throw new Unsupported('with clip');
  if (node.int('input_forget', 0) !== 0) throw new Unsupported('with input_forget');
  if (node.input(4) !== undefined) throw new Unsupported('with lengths of sequences');
  if (!isZero(node, raising, 5) || !isZero(node, raising, 6))
    throw new Unsupported('with a state to start from');
  if (!isZero(node, raising, 7)) throw new Unsupported('with peepholes');
}

/**
 * The file's [time, batch, in] → [time, directions, batch, hidden] (batch first with layout 1), which the graph has as
 * [batch, time, directions · hidden].
 */
export const importLstm: OperatorImporter = (node, raising) => {
  const direction = node.string('direction', 'forward');
  if (direction !== 'forward' && direction !== 'reverse' && direction !== 'bidirectional')
    throw corrupt(`Node "${node.name}" (LSTM): Expected a direction but received "${direction}".`);
  const directions = direction === 'bidirectional' ? 2 : 1;
  checkVariant(node, raising, directions);
  const all = weights(node, raising, directions);
  const { hidden } = all;
  const batchFirst = node.int('layout', 0) === 1;
  const x = raising.read(node.need(0), batchFirst ? [0, 1, 2] : [1, 0, 2]);
  const params = {
    kernel: kernelOf(all, 0, raising),
    bias: biasOf(all, 0, raising),
    ...(directions === 2 && {
      kernel_reverse: kernelOf(all, 1, raising),
      bias_reverse: biasOf(all, 1, raising),
    }),
  };
  const states = raising.emit('LSTM', [x], { hidden, direction }, params, raising.base);
  const [output, lastState, cell] = node.outputs;
  if (cell) raising.refuse(cell, 'with its cell state as an output');
  if (output) {
    // [batch, time, directions, hidden]
    const perm: Perm = batchFirst ? [0, 1, 2, 3] : [2, 0, 1, 3];
    const split =
      directions === 1
        ? raising.emit('Unsqueeze', [states], { axes: [2] })
        : raising.emit('Reshape', [states], { shape: [0, 0, 2, hidden] });
    raising.bind(output, { id: split, perm });
  }
  if (lastState) bindLastState(raising, lastState, states, { direction, hidden, batchFirst });
};

/** The state after the last step of each direction: [directions, batch, hidden], or batch first. */
function bindLastState(
  raising: Raising,
  tensor: string,
  states: string,
  { direction, hidden, batchFirst }: { direction: string; hidden: number; batchFirst: boolean },
): void {
  const at = (first: boolean, from: number) =>
    raising.emit('Slice', [states], {
      starts: [first ? 0 : -1, from],
      ends: [first ? 1 : 2 ** 31 - 1, from + hidden],
      axes: [1, 2],
      steps: [1, 1],
    });
  // [batch, directions, hidden]
  const parts =
    direction === 'bidirectional' ? [at(false, 0), at(true, hidden)] : [at(direction === 'reverse', 0)];
  const id = parts.length === 1 ? parts[0]! : raising.emit('Concat', parts, { axis: 1 });
  raising.bind(tensor, { id, perm: batchFirst ? [0, 1, 2] : [1, 0, 2] });
}
