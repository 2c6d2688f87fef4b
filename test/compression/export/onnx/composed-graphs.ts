/** Networks as the models build them, small, with sizes that are known only at run time. */

import { GraphBuilder } from '../../../../models/graph/builder.js';
import type { Graph, ValueId } from '../../../../models/graph/ir.js';
import { recognizerConfigSchema } from '../../../../models/recognizer/config.js';
import { buildRecognizer } from '../../../../models/recognizer/network.js';
import { withRandomStatistics } from './parity.js';

export interface ComposedGraph {
  readonly name: string;
  readonly graph: Graph;
  /** Shapes to feed, one after the other, to the same file. */
  readonly shapes: readonly Readonly<Record<string, readonly number[]>>[];
  /** Transposes that the file may hold. */
  readonly transposes: number;
}

function composed(
  name: string,
  build: (b: GraphBuilder) => ValueId[],
  shapes: ComposedGraph['shapes'],
  transposes: number,
): ComposedGraph {
  const b = new GraphBuilder(name, { seed: 7 });
  return { name, graph: withRandomStatistics(b.finish(build(b))), shapes, transposes };
}

const conv = (b: GraphBuilder, x: ValueId, filters: number, strides: readonly [number, number] = [1, 1]) =>
  b.relu(b.batchNorm(b.conv(x, { filters, kernel: [3, 3], strides, bias: false })));

const lines = [{ x: [1, 32, 40, 1] }, { x: [3, 32, 67, 1] }];

export const composedGraphs: readonly ComposedGraph[] = [
  composed(
    'a stack of convolutions',
    (b) => [conv(b, conv(b, conv(b, b.input('x', [null, 32, null, 1]), 8, [2, 2]), 12), 16, [2, 2])],
    lines,
    0,
  ),
  composed(
    'residual blocks, depthwise-separable',
    (b) => {
      let x = conv(b, b.input('x', [null, 32, null, 1]), 8, [2, 2]);
      for (let i = 0; i < 2; i++) {
        const wide = b.relu6(b.batchNorm(b.conv(x, { filters: 24, kernel: [1, 1] })));
        const deep = b.hardSwish(b.batchNorm(b.depthwiseConv(wide, { kernel: [3, 5] })));
        x = b.add(x, b.batchNorm(b.conv(deep, { filters: 8, kernel: [1, 1], bias: false })));
      }
      return [x];
    },
    lines,
    0,
  ),
  composed(
    'squeeze and excite, by convolutions and by dense layers',
    (b) => {
      const x = conv(b, b.input('x', [null, null, null, 3]), 8, [2, 2]);
      const gate = b.hardSigmoid(
        b.conv(b.relu(b.conv(b.globalAveragePool(x), { filters: 4, kernel: [1, 1] })), {
          filters: 8,
          kernel: [1, 1],
        }),
      );
      const y = b.mul(x, gate);
      const mean = b.reduceMean(y, { axes: [1, 2], keepdims: true });
      return [b.mul(b.sigmoid(b.dense(b.relu(b.dense(mean, { units: 4 })), { units: 8 })), y)];
    },
    [{ x: [2, 16, 20, 3] }, { x: [1, 17, 33, 3] }],
    0,
  ),
  composed(
    'a recognizer with a recurrent head',
    (b) => {
      let x = conv(b, conv(b, b.input('x', [null, 32, null, 1]), 8, [2, 2]), 12, [2, 2]);
      x = b.squeeze(b.conv(x, { filters: 16, kernel: [8, 1], pads: 'valid' }), [1]);
      x = b.lstm(x, { hidden: 6, direction: 'bidirectional' });
      x = b.lstm(x, { hidden: 5, direction: 'bidirectional' });
      return [b.logSoftmax(b.dense(x, { units: 11 }))];
    },
    lines,
    // Into the first LSTM, one in each of the two, and back to batch first at the end.
    4,
  ),
  composed(
    'a recognizer with a convolutional head over [batch, time, channels]',
    (b) => {
      let x = conv(b, conv(b, b.input('x', [null, 32, null, 1]), 8, [2, 2]), 12, [2, 1]);
      x = b.squeeze(b.maxPool(x, { kernel: [8, 1] }), [1]);
      const y = b.relu(b.batchNorm(b.conv(b.unsqueeze(x, [1]), { filters: 12, kernel: [1, 7] })));
      const z = b.add(b.squeeze(y, [1]), x);
      return [b.softmax(b.dense(b.layerNorm(z), { units: 11 }))];
    },
    lines,
    1,
  ),
  composed(
    'a sequence that is stored channels first',
    (b) => {
      const x = b.squeeze(conv(b, b.input('x', [null, 8, null, 1]), 6, [8, 1]), [1]);
      const y = b.batchNorm(b.tanh(x));
      const mean = b.reduceMean(y, { axes: [1], keepdims: true });
      const z = b.softmax(
        b.concat(
          [b.sub(y, mean), b.pad(b.slice(y, { starts: [1], ends: [9], axes: [1] }), [0, 1, 0, 0, 1, 0])],
          { axis: 1 },
        ),
      );
      return [b.add(z, b.reduceMax(z, { axes: [2], keepdims: true })), b.reduceMax(z, { axes: [1] })];
    },
    [{ x: [2, 8, 30, 1] }, { x: [1, 8, 11, 1] }],
    1,
  ),
  composed(
    'columns folded into channels',
    (b) => {
      const x = conv(b, b.input('x', [null, 16, null, 1]), 6, [2, 2]);
      const columns = b.reshape(b.transpose(x, [0, 2, 1, 3]), [0, 0, 8 * 6]);
      return [b.dense(columns, { units: 5 })];
    },
    [{ x: [2, 16, 30, 1] }, { x: [1, 16, 31, 1] }],
    1,
  ),
  composed(
    'linear attention over time',
    (b) => {
      const x = b.input('x', [null, null, 8]);
      const heads = (y: ValueId) => b.transpose(b.reshape(y, [0, 0, 2, 4]), [0, 2, 1, 3]);
      const q = heads(b.relu(b.dense(x, { units: 8 })));
      const k = heads(b.relu(b.dense(x, { units: 8 })));
      const v = heads(b.dense(x, { units: 8 }));
      const context = b.matMul(b.transpose(k, [0, 1, 3, 2]), v);
      const y = b.reshape(b.transpose(b.matMul(q, context), [0, 2, 1, 3]), [0, 0, 8]);
      return [b.layerNorm(b.add(x, b.dense(y, { units: 8 })))];
    },
    [{ x: [2, 9, 8] }, { x: [1, 14, 8] }],
    4,
  ),
  composed(
    'a U-Net with two outputs',
    (b) => {
      const x = b.input('x', [null, null, null, 1]);
      const one = conv(b, x, 6, [2, 2]);
      const two = conv(b, one, 8, [2, 2]);
      const three = conv(b, two, 10, [2, 2]);
      let up = conv(b, b.concat([b.resize(three, { scales: [2, 2] }), two]), 8);
      up = conv(b, b.concat([b.resize(up, { scales: [2, 2], mode: 'nearest' }), one]), 6);
      const map = b.sigmoid(b.convTranspose(up, { filters: 2, kernel: [2, 2], strides: [2, 2] }));
      const packed = b.depthToSpace(b.conv(up, { filters: 4, kernel: [3, 3] }), { blocksize: 2 });
      return [map, packed];
    },
    [{ x: [1, 32, 48, 1] }, { x: [2, 40, 24, 1] }],
    0,
  ),
  composed(
    'a map of one channel, painted by segments and enlarged',
    (b) => {
      const paint = b.input('paint', [null, 36, 8]);
      const segments = b.dense(b.input('segments', [null, 8, 4]), { units: 1 });
      const map = b.reshape(b.matMul(paint, segments), [0, 4, 9, 1]);
      return [b.sigmoid(b.resize(map, { scales: [2, 2] }))];
    },
    [
      { paint: [1, 36, 8], segments: [1, 8, 4] },
      { paint: [3, 36, 8], segments: [3, 8, 4] },
    ],
    0,
  ),
  ...(['convolutional', 'recurrent'] as const).map((type) => ({
    name: `the recognizer with its ${type} decoder`,
    graph: withRandomStatistics(
      buildRecognizer(
        recognizerConfigSchema.parse({
          decoder: type === 'recurrent' ? { type, hidden: 128, layers: 1 } : { type, blocks: 3, kernel: 5 },
        }),
      ),
    ),
    shapes: [{ image: [1, 32, 96, 1] }, { image: [2, 32, 160, 1] }],
    transposes: type === 'recurrent' ? 3 : 1,
  })),
];
