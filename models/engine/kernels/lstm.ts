/**
 * Long short-term memory (Hochreiter, Schmidhuber 1997; forget gate of Gers et al. 2000) over whole sequences.
 *
 * With `[i f g o] = [x_t h_(t-1)] · kernel + bias` (four blocks of `hidden` columns, in this order):
 *   c_t = sigmoid(f) · c_(t-1) + sigmoid(i) · tanh(g),   h_t = sigmoid(o) · tanh(c_t),   c_0 = h_0 = 0.
 * No peepholes, no clipping, and no constant added to the forget gate: put it in the initial bias. ONNX's LSTM computes
 * the same with its gates in the order i, o, f, g and the kernel's first `in` rows transposed as W, the rest as R.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expected } from '../../base/errors.js';
import { attribute, execute, isNative, toInt64 } from '../native.js';

export interface LstmOptions {
  /** Reads from the last frame to the first; the output keeps the input's order. */
  reverse?: boolean;
}

/**
 * One direction over every frame.
 * @param x [batch, time, in]
 * @param kernel [in + hidden, 4 · hidden]
 * @param bias [4 · hidden]
 * @returns [batch, time, hidden]
 * @throws invalid_argument when the shapes do not fit each other.
 */
export function lstm(
  x: tf.Tensor3D,
  kernel: tf.Tensor2D,
  bias: tf.Tensor1D,
  options: LstmOptions = {},
): tf.Tensor3D {
  const hidden = bias.shape[0] / 4;
  if (kernel.shape[0] !== x.shape[2] + hidden || kernel.shape[1] !== 4 * hidden) {
    throw expected(
      'invalid_argument',
      `[${x.shape[2] + hidden}, ${4 * hidden}]`,
      'the LSTM kernel',
      kernel.shape,
    );
  }
  const timeMajor = tf.transpose(x, [1, 0, 2]);
  const ordered = options.reverse ? tf.reverse(timeMajor, 0) : timeMajor;
  const h = isNative() ? native(ordered, kernel, bias) : portable(ordered, kernel, bias);
  return tf.transpose(options.reverse ? tf.reverse(h, 0) : h, [1, 0, 2]);
}

/** [time, batch, in] → [time, batch, hidden] */
function native(x: tf.Tensor3D, kernel: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor3D {
  const op = tf.customGrad<tf.Tensor>((...args) => {
    const [x0, w, b, save] = args as unknown as [tf.Tensor3D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const attributes = [
      attribute.type('T', 'float32'),
      attribute.float('cell_clip', 0),
      attribute.bool('use_peephole', false),
    ];
    const outputs = execute('BlockLSTMV2', attributes, [...constants(x0, b), w, ...peepholes(b), b], 7);
    save([x0, w, b, ...outputs]);
    return {
      value: outputs[6]!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => nativeGradient(dy as tf.Tensor3D, saved),
    };
  });
  return op(x, kernel, bias) as tf.Tensor3D;
}

/**
 * Backward through time. TensorFlow's BlockLSTMGradV2 multiplies small matrices frame by frame; here only what must wait
 * for the next frame is done so (a fused cell gradient and one product), the rest in two large products. The backward
 * pass takes a third (256 units) to two thirds (128 units) of the time.
 */
function nativeGradient(dy: tf.Tensor3D, saved: tf.Tensor[]): tf.Tensor[] {
  const [x, kernel, bias, ...outputs] = saved as [tf.Tensor3D, tf.Tensor2D, tf.Tensor1D, ...tf.Tensor[]];
  const [time, batch, inputs] = x.shape;
  const hidden = bias.shape[0] / 4;
  const attributes = [attribute.type('T', 'float32'), attribute.bool('use_peephole', false)];
  const none = peepholes(bias);
  const zeros = tf.zeros<tf.Rank.R2>([batch, hidden]);
  const unstacked = outputs.slice(0, 6).map((output) => tf.unstack(output, 0));
  const cellStates = unstacked[1]!;
  const dys = tf.unstack(dy, 0);
  // The cell's kernel orders its gates i, g, f, o.
  const fromState = swapMiddle(tf.slice(kernel, [inputs, 0], [hidden, -1]));
  // The cell's kernel checks the shapes of x, the state before and the weights, but reads none of their values.
  const unread = tf.zeros([2 * hidden, 4 * hidden]);
  const gates: tf.Tensor[] = new Array(time);
  let dh = dys[time - 1]!;
  let dc: tf.Tensor = zeros;
  for (let t = time - 1; t >= 0; t--) {
    const cell = unstacked.map((frames) => frames[t]!);
    const before = t > 0 ? cellStates[t - 1]! : zeros;
    const args = [dys[t]!, before, zeros, unread, ...none, bias, ...cell, dc, dh];
    const [dcBefore, gate] = execute('LSTMBlockCellGrad', attributes, args, 5) as [tf.Tensor, tf.Tensor];
    gates[t] = gate;
    dc = dcBefore;
    if (t > 0) dh = tf.add(dys[t - 1]!, tf.matMul(gate as tf.Tensor2D, fromState, false, true));
  }
  const flat = swapMiddle(tf.concat(gates, 0) as tf.Tensor2D);
  const stateBefore = tf.concat(
    [zeros, tf.slice(tf.reshape(outputs[6]!, [time * batch, hidden]), 0, (time - 1) * batch)],
    0,
  );
  const seen = tf.concat([tf.reshape(x, [time * batch, inputs]), stateBefore], 1) as tf.Tensor2D;
  const fromInput = tf.slice(kernel, [0, 0], [inputs, -1]);
  return [
    tf.reshape(tf.matMul(flat, fromInput, false, true), x.shape),
    tf.matMul(seen, flat, true, false),
    tf.sum(flat, 0),
  ];
}

/** Swaps the second and the third quarter of the columns: gate orders i, f, g, o ↔ i, g, f, o. */
function swapMiddle(x: tf.Tensor2D): tf.Tensor2D {
  const [a, b, c, d] = tf.split(x, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  return tf.concat([a, c, b, d], 1);
}

/** The kernel's leading inputs: sequence length, input, initial cell and hidden state. */
function constants(x: tf.Tensor3D, bias: tf.Tensor1D): tf.Tensor[] {
  const [time, batch] = x.shape;
  const state = tf.zeros([batch, bias.shape[0] / 4]);
  return [toInt64(tf.scalar(time, 'int32')), x, state, state];
}

/** Unused, but the kernel asks for them. */
function peepholes(bias: tf.Tensor1D): tf.Tensor[] {
  const none = tf.zeros([bias.shape[0] / 4]);
  return [none, none, none];
}

function portable(x: tf.Tensor3D, kernel: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor3D {
  const [time, batch, inputs] = x.shape;
  const hidden = bias.shape[0] / 4;
  const fromInput = tf.slice(kernel, [0, 0], [inputs, -1]);
  const fromState = tf.slice(kernel, [inputs, 0], [hidden, -1]);
  const flat = tf.reshape(x, [time * batch, inputs]) as tf.Tensor2D;
  const projected = tf.reshape(tf.add(tf.matMul(flat, fromInput), bias), [time, batch, 4 * hidden]);
  let h: tf.Tensor = tf.zeros([batch, hidden]);
  let c: tf.Tensor = tf.zeros([batch, hidden]);
  const outputs = tf.unstack(projected, 0).map((frame) => {
    const gates = tf.split(tf.add(frame, tf.matMul(h as tf.Tensor2D, fromState)), 4, 1);
    const [i, f, g, o] = gates as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    return h;
  });
  return tf.stack(outputs, 0) as tf.Tensor3D;
}
