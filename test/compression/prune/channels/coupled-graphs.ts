/** Small graphs, one for each way in which channels are coupled. */
import { GraphBuilder } from '../../../../models/graph/builder.js';
import type { Graph, Shape, ValueId } from '../../../../models/graph/ir.js';
import { withRandomStatistics } from '../../export/onnx/parity.js';

export interface CoupledGraph {
  readonly name: string;
  readonly graph: Graph;
  readonly feed: readonly number[];
  /** Groups: id, units, and the nodes that make their channels. */
  readonly groups: Readonly<Record<string, readonly [units: number, ...makers: string[]]>>;
}

export function built(shape: Shape, build: (b: GraphBuilder, x: ValueId) => ValueId[], seed = 5): Graph {
  const b = new GraphBuilder('test', { seed });
  return withRandomStatistics(b.finish(build(b, b.input('x', shape))));
}

export function unit(b: GraphBuilder, x: ValueId, name: string, filters: number, stride = 1): ValueId {
  const y = b.conv(x, { name, filters, kernel: [3, 3], strides: [stride, stride], bias: false });
  return b.relu(b.batchNorm(y, { name: `${name}-norm` }));
}

const point = (b: GraphBuilder, x: ValueId, name: string, filters: number) =>
  b.conv(x, { name, filters, kernel: [1, 1] });

const IMAGE: Shape = [null, null, null, 3];
const IMAGE_FEED = [2, 8, 12, 3];

export const coupledGraphs: readonly CoupledGraph[] = [
  {
    name: 'a chain with batch norm',
    graph: built(IMAGE, (b, x) => [point(b, unit(b, unit(b, x, 'one', 6), 'two', 5), 'head', 2)]),
    feed: IMAGE_FEED,
    groups: { one: [6, 'one'], two: [5, 'two'] },
  },
  {
    name: 'a reshape that leaves channels and batch',
    graph: built([null, 4, 6, 3], (b, x) => [
      b.dense(b.reshape(unit(b, x, 'one', 5), [-1, 24, 5]), { name: 'head', units: 2 }),
    ]),
    feed: [2, 4, 6, 3],
    groups: { one: [5, 'one'] },
  },
  {
    name: 'residual sums',
    graph: built(IMAGE, (b, x) => {
      let y = unit(b, x, 'stem', 6);
      for (const name of ['block1', 'block2'])
        y = b.add(y, unit(b, unit(b, y, `${name}a`, 4), `${name}b`, 6));
      return [point(b, y, 'head', 2)];
    }),
    feed: IMAGE_FEED,
    groups: { stem: [6, 'stem', 'block1b', 'block2b'], block1a: [4, 'block1a'], block2a: [4, 'block2a'] },
  },
  {
    name: 'concatenation, also of an input and of one value twice',
    graph: built(IMAGE, (b, x) => {
      const [one, two] = [unit(b, x, 'one', 5), unit(b, x, 'two', 4)];
      const joined = b.concat([one, x, two, one]);
      return [point(b, b.relu(joined), 'head', 3)];
    }),
    feed: IMAGE_FEED,
    groups: { one: [5, 'one'], two: [4, 'two'] },
  },
  {
    name: 'a sum with a concatenation',
    graph: built(IMAGE, (b, x) => {
      const whole = unit(b, x, 'whole', 8);
      const parts = b.concat([unit(b, x, 'left', 5), unit(b, x, 'right', 3)]);
      return [point(b, b.add(whole, parts), 'head', 2)];
    }),
    feed: IMAGE_FEED,
    groups: { whole: [5, 'whole', 'left'], 'whole#2': [3, 'whole', 'right'] },
  },
  {
    name: 'MobileNetV2 blocks',
    graph: built(IMAGE, (b, x) => {
      let y = b.relu6(point(b, x, 'stem', 4));
      for (const name of ['a', 'b']) {
        const wide = b.relu6(b.batchNorm(point(b, y, `${name}-expand`, 12)));
        const deep = b.relu6(
          b.batchNorm(b.depthwiseConv(wide, { name: `${name}-depthwise`, kernel: [3, 3] })),
        );
        y = b.add(y, point(b, deep, `${name}-project`, 4));
      }
      return [point(b, y, 'head', 2)];
    }),
    feed: IMAGE_FEED,
    groups: {
      stem: [4, 'stem', 'a-project', 'b-project'],
      'a-expand': [12, 'a-expand'],
      'b-expand': [12, 'b-expand'],
    },
  },
  {
    name: 'a depthwise layer with two filters a channel',
    graph: built(IMAGE, (b, x) => {
      const y = unit(b, x, 'one', 4);
      const deep = b.conv(y, { name: 'deep', filters: 8, kernel: [3, 3], groups: 4 });
      return [point(b, b.relu(deep), 'head', 2)];
    }),
    feed: IMAGE_FEED,
    groups: { one: [4, 'one'] },
  },
  {
    name: 'grouped convolutions',
    graph: built(IMAGE, (b, x) => {
      const y = b.conv(unit(b, x, 'one', 8), { name: 'grouped', filters: 6, kernel: [3, 3], groups: 2 });
      return [point(b, b.relu(y), 'head', 2)];
    }),
    feed: IMAGE_FEED,
    groups: { one: [4, 'one'], grouped: [3, 'grouped'] },
  },
  {
    name: 'squeeze and excite',
    graph: built(IMAGE, (b, x) => {
      const y = unit(b, x, 'body', 6);
      const small = b.relu(point(b, b.globalAveragePool(y), 'squeeze', 4));
      return [point(b, b.mul(y, b.hardSigmoid(point(b, small, 'excite', 6))), 'head', 2)];
    }),
    feed: IMAGE_FEED,
    groups: { body: [6, 'body', 'excite'], squeeze: [4, 'squeeze'] },
  },
  {
    name: 'a gate of one channel, broadcast',
    graph: built(IMAGE, (b, x) => {
      const y = unit(b, x, 'body', 6);
      return [point(b, b.mul(y, b.sigmoid(point(b, y, 'gate', 1))), 'head', 2)];
    }),
    feed: IMAGE_FEED,
    groups: { body: [6, 'body'] },
  },
  {
    name: 'columns flattened into channels, then a dense layer',
    graph: built([null, 8, null, 3], (b, x) => {
      const y = unit(b, x, 'one', 6, 2);
      const columns = b.reshape(b.transpose(y, [0, 2, 1, 3]), [0, 0, 4 * 6]);
      return [b.dense(b.relu(b.dense(columns, { name: 'hidden', units: 5 })), { name: 'head', units: 2 })];
    }),
    feed: IMAGE_FEED,
    groups: { one: [6, 'one'], hidden: [5, 'hidden'] },
  },
  {
    name: 'squeeze, LSTMs of either direction and both',
    graph: built([null, 8, null, 3], (b, x) => {
      const frames = b.conv(unit(b, x, 'one', 6), {
        name: 'frames',
        filters: 7,
        kernel: [8, 1],
        pads: 'valid',
      });
      let y = b.lstm(b.squeeze(frames, [1]), { name: 'both', hidden: 4, direction: 'bidirectional' });
      y = b.lstm(y, { name: 'back', hidden: 5, direction: 'reverse' });
      y = b.lstm(y, { name: 'forth', hidden: 3 });
      return [b.dense(y, { name: 'head', units: 2 })];
    }),
    feed: IMAGE_FEED,
    groups: {
      one: [6, 'one'],
      frames: [7, 'frames'],
      both: [4, 'both'],
      back: [5, 'back'],
      forth: [3, 'forth'],
    },
  },
  {
    name: 'attention with two heads, split and joined by reshape',
    graph: built([null, null, 6], (b, x) => {
      const heads = (y: ValueId) => b.transpose(b.reshape(y, [0, 0, 2, 4]), [0, 2, 1, 3]);
      const [q, k, v] = ['q', 'k', 'v'].map((name) => heads(b.relu(b.dense(x, { name, units: 8 }))));
      const context = b.matMul(b.transpose(k!, [0, 1, 3, 2]), v!);
      const y = b.reshape(b.transpose(b.matMul(q!, context), [0, 2, 1, 3]), [0, 0, 8]);
      return [b.dense(y, { name: 'out', units: 3 })];
    }),
    feed: [2, 9, 6],
    groups: { q: [4, 'q', 'k'], v: [4, 'v'] },
  },
  {
    name: 'params that two layers share',
    graph: built(IMAGE, (b, x) => {
      const one = unit(b, x, 'one', 6);
      const shared = b.relu(b.conv(one, { name: 'shared', filters: 6, kernel: [3, 3] }));
      const again = b.relu(b.conv(shared, { name: 'again', filters: 6, kernel: [3, 3], tiedTo: 'shared' }));
      return [point(b, again, 'head', 2)];
    }),
    feed: IMAGE_FEED,
    groups: { one: [6, 'one', 'shared', 'again'] },
  },
  {
    name: 'a U-Net: transposed convolution, resizing, depth to space',
    graph: built(IMAGE, (b, x) => {
      const one = unit(b, x, 'one', 4, 2);
      const two = unit(b, one, 'two', 6, 2);
      const up = b.convTranspose(two, { name: 'up', filters: 5, kernel: [2, 2], strides: [2, 2] });
      const joined = unit(b, b.concat([up, b.resize(two, { scales: [2, 2] }), one]), 'mix', 8);
      const cells = b.depthToSpace(b.conv(joined, { name: 'cells', filters: 12, kernel: [3, 3] }), {
        blocksize: 2,
      });
      return [point(b, cells, 'head', 2)];
    }),
    feed: IMAGE_FEED,
    groups: { one: [4, 'one'], two: [6, 'two'], up: [5, 'up'], mix: [8, 'mix'], cells: [3, 'cells'] },
  },
];
