/** Damaged and hostile files: a coded error or a sound graph, in bounded time and memory. */
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import { decodeModel, encodeModel, type ModelProto } from '../../../../compression/export/onnx/proto.js';
import { importOnnx } from '../../../../compression/import/onnx/import-onnx.js';
import { PocketlensError } from '../../../../models/base/errors.js';
import { Random } from '../../../../models/base/random.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import { validate } from '../../../../models/graph/validate.js';
import { file, floats, integers, model, node } from './file.js';
import { variants } from './variants.js';

function small(): Uint8Array {
  const b = new GraphBuilder('small', { seed: 1 });
  const x = b.conv(b.input('x', [null, 8, null, 3]), { filters: 4, kernel: [3, 3], strides: [2, 2] });
  const y = b.lstm(b.squeeze(b.maxPool(b.relu6(b.batchNorm(x)), { kernel: [4, 1] }), [1]), {
    hidden: 3,
    direction: 'bidirectional',
  });
  return exportOnnx(b.finish([b.softmax(b.dense(y, { units: 5 }))]));
}

function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  const kind = random.int(0, 3);
  if (kind === 0) return copy.subarray(0, random.int(0, copy.length - 1));
  if (kind === 1) {
    const at = random.int(0, copy.length - 1);
    return Uint8Array.from([
      ...copy.subarray(0, at),
      ...copy.subarray(Math.min(at + random.int(1, 9), copy.length)),
    ]);
  }
  for (let n = random.int(1, 6); n > 0; n--) copy[random.int(0, copy.length - 1)] = random.int(0, 255);
  return copy;
}

/** Damage that leaves the file readable: other attributes, sizes, operators, inputs. */
function rewritten(bytes: Uint8Array, random: Random): Uint8Array {
  const proto = decodeModel(bytes);
  for (let n = random.int(1, 3); n > 0; n--) rewriteOnce(proto, random);
  return encodeModel(proto);
}

const STRANGE = [-(2 ** 40), -7, -1, 0, 1, 2, 3, 5, 100, 2 ** 31, 2 ** 40];

function rewriteOnce({ graph }: ModelProto, random: Random): void {
  const one = <T>(list: readonly T[]): T => list[random.int(0, list.length - 1)]!;
  const node = one(graph.node);
  const names = [...graph.input, ...graph.initializer]
    .map(({ name }) => name ?? '')
    .concat(graph.node.flatMap(({ output }) => output));
  const kind = random.int(0, 5);
  if (kind === 0 && node.attribute.length > 0) {
    const attribute = one(node.attribute);
    if (attribute.i !== undefined) attribute.i = one(STRANGE);
    if (attribute.f !== undefined) attribute.f = one([...STRANGE, Number.NaN, 0.5]);
    if (attribute.s !== undefined)
      attribute.s = new TextEncoder().encode(one(['', 'linear', 'reflect', 'SAME_LOWER']));
    if (attribute.ints?.length) attribute.ints[random.int(0, attribute.ints.length - 1)] = one(STRANGE);
    if (random.int(0, 3) === 0) attribute.ints = attribute.ints?.slice(1) ?? [];
  } else if (kind === 1 && graph.initializer.length > 0) {
    const tensor = one(graph.initializer);
    if (random.int(0, 1) === 0) tensor.dims = [...tensor.dims].reverse();
    else tensor.dims[random.int(0, Math.max(tensor.dims.length - 1, 0))] = one(STRANGE);
  } else if (kind === 2) node.opType = one(graph.node).opType;
  else if (kind === 3 && node.input.length > 0)
    node.input[random.int(0, node.input.length - 1)] = one(['', ...names]);
  else if (kind === 4)
    node.input = random.int(0, 1) === 0 ? node.input.slice(1) : [...node.input, one(names)];
  else if (kind === 5) node.attribute = node.attribute.slice(1);
}

const MOST_MILLISECONDS = 2000;

it.each([
  ['bytes', mutated],
  ['structure', rewritten],
] as const)('gives a coded error or a sound graph for 300 files of damaged %s', (_, damage) => {
  const sources = [small(), ...variants.map((variant) => file(variant))];
  let sound = 0;
  for (let i = 0; i < 300; i++) {
    const random = new Random(23, damage.name, i);
    const bytes = damage(sources[i % sources.length]!, random);
    const start = performance.now();
    try {
      validate(importOnnx(bytes).graph);
      sound++;
    } catch (cause) {
      if (!(cause instanceof PocketlensError)) throw new Error(`file ${i}`, { cause });
    }
    expect(performance.now() - start, `file ${i}`).toBeLessThan(MOST_MILLISECONDS);
  }
  // Weights take most of a file: damage to them alone leaves a graph.
  expect(sound).toBeGreaterThan(10);
  expect(sound).toBeLessThan(280);
});

const coded = (code: string) => expect.objectContaining({ code });

describe('sizes that the bytes do not bear out', () => {
  const huge = 2 ** 40;
  const oneNode = (
    nodes: Parameters<typeof model>[0]['nodes'],
    constants: Parameters<typeof model>[0]['constants'] = [],
  ) => encodeModel(model({ nodes, inputs: { x: [1, 4, 8, 8] }, outputs: ['y'], constants }));

  it('in a tensor', () => {
    const weight = { name: 'w', dims: [huge, huge, 3, 3], dataType: 1, rawData: new Uint8Array(16) };
    expect(() => importOnnx(oneNode([node('Conv', ['x', 'w'], ['y'])], [weight]))).toThrow(
      coded('model_corrupt'),
    );
  });

  it('in what a constant would be made of', () => {
    const made = [node('ConstantOfShape', ['s'], ['c']), node('Add', ['x', 'c'], ['y'])];
    expect(() => importOnnx(oneNode(made, [integers('s', [huge, 8])]))).toThrow(coded('limit_exceeded'));
    const expanded = [node('Expand', ['c', 's'], ['e']), node('Add', ['x', 'e'], ['y'])];
    expect(() => importOnnx(oneNode(expanded, [floats('c', [1]), integers('s', [4096, 4096])]))).toThrow(
      coded('limit_exceeded'),
    );
    const range = [node('Range', ['a', 'b', 'd'], ['r']), node('Add', ['x', 'r'], ['y'])];
    expect(() =>
      importOnnx(oneNode(range, [floats('a', [0], []), floats('b', [1e12], []), floats('d', [1], [])])),
    ).toThrow(coded('limit_exceeded'));
  });

  it('in a kernel that groups and dilations spread', () => {
    const transposed = [node('ConvTranspose', ['x', 'w'], ['y'], { dilations: [100_000, 100_000] })];
    const weight = floats('w', new Array<number>(4 * 9).fill(1), [4, 1, 3, 3]);
    expect(() => importOnnx(oneNode(transposed, [weight]))).toThrow(coded('limit_exceeded'));
  });

  it('in a chain that doubles', () => {
    const doubling = Array.from({ length: 60 }, (_, i) =>
      node('Concat', [`c${i}`, `c${i}`], [`c${i + 1}`], { axis: 0 }),
    );
    const nodes = [...doubling, node('Add', ['x', 'c60'], ['y'])];
    expect(() => importOnnx(oneNode(nodes, [floats('c0', [1])]))).toThrow(coded('limit_exceeded'));
  });
});

it('refuses a file that names what it does not hold', () => {
  const nodes = [node('Relu', ['nothing'], ['y'])];
  expect(() => importOnnx(file({ nodes, inputs: { x: [1, 2] }, outputs: ['y'] }))).toThrow(
    /"nothing".*nothing gives it/,
  );
  expect(() => importOnnx(file({ nodes: [], inputs: { x: [1, 2] }, outputs: ['y'] }))).toThrow(
    coded('model_corrupt'),
  );
  const cycle = [node('Relu', ['b'], ['y']), node('Relu', ['y'], ['b'])];
  expect(() => importOnnx(file({ nodes: cycle, inputs: { x: [1, 2] }, outputs: ['y'] }))).toThrow(
    coded('model_corrupt'),
  );
  const twice = [node('Relu', ['x'], ['y']), node('Tanh', ['x'], ['y'])];
  expect(() => importOnnx(file({ nodes: twice, inputs: { x: [1, 2] }, outputs: ['y'] }))).toThrow(
    /"y" is there already/,
  );
});

it('refuses weights that are no numbers', () => {
  const weight = floats('w', [1, Number.NaN, 2, 3], [2, 2]);
  expect(() =>
    importOnnx(
      file({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        inputs: { x: [1, 2] },
        outputs: ['y'],
        constants: [weight],
      }),
    ),
  ).toThrow(coded('invalid_graph'));
});
