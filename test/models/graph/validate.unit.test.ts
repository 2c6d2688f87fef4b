import { describe, expect, it } from 'vitest';
import { PocketlensError } from '../../../models/base/errors.js';
import type { Graph, Node, Param } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import { operatorCases } from './operator-cases.js';
import { smallModel } from './small-model.js';

const plain = smallModel();
const withNode = (id: string, change: Partial<Node>): Graph => ({
  ...plain,
  nodes: plain.nodes.map((node) => (node.id === id ? { ...node, ...change } : node)),
});
const withParam = (id: string, change: Partial<Param>): Graph => ({
  ...plain,
  params: new Map(plain.params).set(id, { ...plain.params.get(id)!, ...change }),
});
const nodeOf = (id: string) => plain.nodes.find((node) => node.id === id)!;
const conv = nodeOf('first/conv');

describe('validate', () => {
  it('returns a sound graph', () => {
    expect(validate(plain)).toBe(plain);
  });

  it.each<[string, Graph, code: string, message: RegExp]>([
    [
      'an unknown operator',
      withNode('first/conv', { op: 'Konv' }),
      'unsupported_operator',
      /first\/conv.*Konv/,
    ],
    [
      'an unknown attribute',
      withNode('first/conv', { attrs: { ...conv.attrs, colour: 1 } }),
      'invalid_graph',
      /first\/conv.*colour/,
    ],
    ['a missing attribute', withNode('first/conv', { attrs: {} }), 'invalid_graph', /first\/conv.*strides/],
    [
      'an attribute out of range',
      withNode('first/conv', { attrs: { ...conv.attrs, strides: [0, 1] } }),
      'invalid_graph',
      /first\/conv.*strides/,
    ],
    ['too few inputs', withNode('first/conv', { inputs: [] }), 'invalid_graph', /first\/conv.*1 inputs/],
    [
      'a value from nowhere',
      withNode('first/conv', { inputs: ['nowhere'] }),
      'invalid_graph',
      /first\/conv.*"nowhere"/,
    ],
    [
      'a cycle',
      withNode('first/conv', { inputs: [nodeOf('second/conv').outputs[0]!] }),
      'invalid_graph',
      /first\/conv.*cycle/,
    ],
    [
      'two outputs',
      withNode('first/conv', { outputs: ['first/conv', 'more'] }),
      'invalid_graph',
      /first\/conv.*1 outputs/,
    ],
    [
      'a value made twice',
      withNode('first/conv', { outputs: ['image'] }),
      'invalid_graph',
      /first\/conv.*"image"/,
    ],
    ['a missing param', withNode('first/conv', { params: {} }), 'invalid_graph', /first\/conv.*"weight"/],
    [
      'a param of no role',
      withNode('first/conv', { params: { ...conv.params, scale: conv.params.bias! } }),
      'invalid_graph',
      /first\/conv.*"scale"/,
    ],
    [
      'a param that is not there',
      withNode('first/conv', { params: { weight: 'lost' } }),
      'invalid_graph',
      /first\/conv.*"lost"/,
    ],
    [
      'a param of another rank',
      withNode('first/conv', { params: { weight: conv.params.bias! } }),
      'invalid_graph',
      /first\/conv.*rank 4/,
    ],
    [
      'a param of another size',
      withNode('first/conv', { params: { weight: 'stem/conv/weight' } }),
      'invalid_graph',
      /first\/conv.*channels/,
    ],
    [
      'NaN in a weight',
      withParam('logits/bias', { data: Float32Array.from([0, 0, Number.NaN, 0, 0]) }),
      'invalid_graph',
      /element 2 .*logits\/bias/,
    ],
    [
      'too few weights',
      withParam('logits/bias', { data: new Float32Array(4) }),
      'invalid_graph',
      /5 weights.*logits\/bias/,
    ],
    [
      'a param of no node',
      { ...plain, params: new Map(plain.params).set('more', plain.params.get('logits/bias')!) },
      'invalid_graph',
      /"more"/,
    ],
    ['an output from nowhere', { ...plain, outputs: ['nowhere'] }, 'invalid_graph', /"nowhere"/],
    ['no output', { ...plain, outputs: [] }, 'invalid_graph', /output/],
    ['a node without use', { ...plain, outputs: ['logits'] }, 'invalid_graph', /"output"/],
    [
      'a node twice',
      { ...plain, nodes: [...plain.nodes, nodeOf('output')] },
      'invalid_graph',
      /"output".*twice/,
    ],
    [
      'an input twice',
      { ...plain, inputs: [...plain.inputs, ...plain.inputs] },
      'invalid_graph',
      /"image".*twice/,
    ],
    [
      'an input of size 0',
      { ...plain, inputs: [{ id: 'image', shape: [null, 8, 0, 1] }] },
      'invalid_graph',
      /"image"/,
    ],
  ])('%s', (_, graph, code, message) => {
    expect(() => validate(graph)).toThrow(PocketlensError);
    expect(() => validate(graph)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it('refuses, for every operator, attributes with one more, one less or one of another type', () => {
    for (const { name, build } of operatorCases) {
      const { graph } = build();
      const [node] = graph.nodes as [Node];
      const variants: Node['attrs'][] = [{ ...node.attrs, surplus: 1 }];
      for (const key of Object.keys(node.attrs)) {
        const { [key]: _, ...less } = node.attrs;
        variants.push(less, { ...node.attrs, [key]: null });
      }
      for (const attrs of variants) {
        const isRefused = () => validate({ ...graph, nodes: [{ ...node, attrs }] });
        expect(isRefused, `${name} ${JSON.stringify(attrs)}`).toThrow(PocketlensError);
      }
    }
  });
});
