import { describe, expect, it } from 'vitest';
import { analyzeDependencies } from '../../../../compression/prune/channels/analyze-dependencies.js';
import { describeGroup } from '../../../../compression/prune/channels/channel-group.js';
import { built, coupledGraphs, unit } from './coupled-graphs.js';

describe.each(coupledGraphs)('$name', ({ graph, groups }) => {
  const found = analyzeDependencies(graph);

  it('has the groups that it is made of', () => {
    const summary = found.groups.map(({ id, units, makers }) => [
      id,
      [units, ...makers.map(({ node }) => node)],
    ]);
    expect(Object.fromEntries(summary)).toEqual(groups);
  });

  it('gives every axis positions, a reason, and each position to one unit only', () => {
    const taken = new Set<string>();
    for (const group of found.groups) {
      expect(group.axes[0]).toBe(group.root);
      for (const { tensor, axis, positions, reason, name } of group.axes) {
        expect(reason).toMatch(/^makes the channels$|ties it to/);
        expect(name).not.toBe('');
        expect(positions).toHaveLength(group.units);
        for (const position of positions.flat()) {
          const key = `${tensor.kind} ${tensor.id} ${axis} ${position}`;
          expect(taken.has(key), key).toBe(false);
          taken.add(key);
        }
      }
    }
  });

  it('never takes from inputs and outputs', () => {
    const borders = [...graph.inputs.map(({ id }) => id), ...graph.outputs];
    for (const { tensor } of found.groups.flatMap(({ axes }) => axes)) {
      expect(tensor.kind === 'value' && borders.includes(tensor.id)).toBe(false);
    }
    const last = graph.nodes.at(-1)!.id;
    expect(found.frozen).toContainEqual({
      node: last,
      channels: expect.any(Number),
      reason: `"${last}" is an output of the graph`,
    });
  });
});

describe('a group', () => {
  it('prints why each axis is in it', () => {
    const { graph } = coupledGraphs.find(({ name }) => name === 'residual sums')!;
    const text = describeGroup(analyzeDependencies(graph).groups[1]!);
    expect(text.split('\n').map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      'block1a: 4 units',
      '  block1a/weight cout  makes the channels',
      '  "block1a" axis 3  Conv "block1a" ties it to block1a/weight cout',
      '  "block1a-norm" axis 3  BatchNormalization "block1a-norm" ties it to "block1a" axis 3',
      '  block1a-norm/scale c  BatchNormalization "block1a-norm" ties it to "block1a" axis 3',
      '  block1a-norm/bias c  BatchNormalization "block1a-norm" ties it to "block1a" axis 3',
      '  block1a-norm/mean c  BatchNormalization "block1a-norm" ties it to "block1a" axis 3',
      '  block1a-norm/variance c  BatchNormalization "block1a-norm" ties it to "block1a" axis 3',
      '  "relu2" axis 3  Relu "relu2" ties it to "block1a-norm" axis 3',
      '  block1b/weight cin/groups  Conv "block1b" ties it to "relu2" axis 3',
    ]);
  });

  it('tells how many channels a unit takes', () => {
    const { graph } = coupledGraphs.find(({ name }) => name === 'grouped convolutions')!;
    const [one] = analyzeDependencies(graph).groups;
    expect(one).toMatchObject({ units: 4, channelsPerUnit: 2 });
    expect(one!.root.positions[1]).toEqual([1, 5]);
    expect(describeGroup(one!)).toMatch(/^one: 4 units of 2 channels\n/);
  });

  it('reaches from the gates of an LSTM to the layer after it', () => {
    const { graph } = coupledGraphs.find(({ name }) => name.startsWith('squeeze, LSTMs'))!;
    const both = analyzeDependencies(graph).groups.find(({ id }) => id === 'both')!;
    const positions = Object.fromEntries(
      both.axes.map(({ tensor, axis, positions }) => [`${tensor.id} ${axis}`, positions[1]]),
    );
    expect(positions).toMatchObject({
      'both/kernel 1': [1, 5, 9, 13],
      'both/kernel_reverse 0': [8],
      'both/bias 0': [1, 5, 9, 13],
      'both 2': [1, 5],
      'back/kernel 0': [1, 5],
    });
  });
});

const frozen: [string, ReturnType<typeof built>, Record<string, RegExp>][] = [
  [
    'a soft-max over channels',
    built([null, null, null, 3], (b, x) => [
      b.conv(b.softmax(unit(b, x, 'one', 4), { name: 'shares' }), {
        name: 'head',
        filters: 2,
        kernel: [1, 1],
      }),
    ]),
    { one: /Softmax "shares" needs it whole/ },
  ],
  [
    'a slice of channels',
    built([null, null, null, 3], (b, x) => [
      b.reduceMean(b.slice(unit(b, x, 'one', 4), { name: 'part', starts: [1], ends: [3], axes: [3] }), {
        axes: [1, 2],
      }),
    ]),
    { one: /Slice "part" needs it whole/ },
  ],
  [
    'a mean over channels',
    built([null, null, null, 3], (b, x) => [b.reduceMean(unit(b, x, 'one', 4), { name: 'mean', axes: [3] })]),
    { one: /ReduceMean "mean" needs it whole/ },
  ],
  [
    'a sum with an input',
    built([null, null, null, 3], (b, x) => [
      b.conv(b.add(x, b.conv(unit(b, x, 'one', 5), { name: 'two', filters: 3, kernel: [1, 1] })), {
        name: 'head',
        filters: 2,
        kernel: [1, 1],
      }),
    ]),
    { two: /"x" is an input/ },
  ],
  [
    'a sum with something of unknown width',
    built([null, null, 3], (b, x) => [
      b.reduceMean(b.add(b.dense(x, { name: 'one', units: 4 }), b.transpose(x, [0, 2, 1]), { name: 'sum' }), {
        axes: [1],
      }),
    ]),
    { one: /Add "sum" joins it with an axis of unknown size/ },
  ],
  [
    'a reshape that regroups',
    built([null, 6, 4], (b, x) => [
      b.reduceMean(b.reshape(b.dense(x, { name: 'one', units: 10 }), [0, 15, 4], { name: 'regroup' }), {
        axes: [1],
      }),
    ]),
    { one: /Reshape "regroup" needs it whole/ },
  ],
  [
    'a reshape that puts other data in its place, for any batch',
    built([null, 8, 16], (b, x) => {
      const turned = b.transpose(b.dense(x, { name: 'one', units: 12 }), [0, 2, 1]);
      return [b.dense(b.reshape(turned, [-1, 12], { name: 'regroup' }), { name: 'two', units: 4 })];
    }),
    { one: /Reshape "regroup" needs it whole/ },
  ],
];

describe.each(frozen)('%s', (_, graph, reasons) => {
  it('stays, and says why', () => {
    const { groups, frozen: found } = analyzeDependencies(graph);
    for (const [node, reason] of Object.entries(reasons)) {
      expect(groups.map(({ id }) => id)).not.toContain(node);
      expect(found.find((one) => one.node === node)?.reason).toMatch(reason);
    }
  });
});

it('takes a padded axis apart: what is added stays', () => {
  const graph = built([null, null, null, 3], (b, x) => {
    const padded = b.pad(unit(b, x, 'one', 4), [0, 0, 0, 1, 0, 0, 0, 2]);
    return [b.conv(padded, { name: 'head', filters: 2, kernel: [1, 1] })];
  });
  const [one] = analyzeDependencies(graph).groups;
  const read = one!.axes.find(({ tensor, axis }) => tensor.id === 'head/weight' && axis === 2)!;
  expect(read.positions).toEqual([[1], [2], [3], [4]]);
});
