/** A graph with a bit of everything: branches, tied blocks, a sequence head. */
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { Graph } from '../../../models/graph/ir.js';

export function smallModel(seed = 1): Graph {
  const b = new GraphBuilder('small', { seed });
  const image = b.input('image', [null, 8, null, 1]);
  const stem = b.scope('stem', () => {
    const conv = b.conv(image, { name: 'conv', filters: 4, kernel: [3, 3], strides: [2, 1], bias: false });
    return b.relu(b.batchNorm(conv, { name: 'bn' }));
  });
  const first = b.scope('first', () => b.relu(b.conv(stem, { name: 'conv', filters: 4, kernel: [3, 3] })));
  const second = b.scope('second', () =>
    b.relu(b.conv(first, { name: 'conv', filters: 4, kernel: [3, 3], tiedTo: 'first/conv' })),
  );
  const merged = b.concat([b.add(first, second), stem]);
  const sequence = b.squeeze(b.reduceMax(merged, { axes: [1], keepdims: true }), [1]);
  const hidden = b.lstm(sequence, { name: 'lstm', hidden: 3, direction: 'bidirectional' });
  const logits = b.dense(hidden, { name: 'logits', units: 5 });
  return b.finish([b.logSoftmax(logits, { name: 'output' })], { charset: 'abcd', size: { height: 8 } });
}
