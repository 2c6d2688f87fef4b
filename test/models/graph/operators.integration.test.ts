/** Every operator of the registry against its cases: shapes, gradients, cost, ties. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { costOf } from '../../../models/graph/cost.js';
import { execute } from '../../../models/graph/execute.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import type { Attributes, Graph } from '../../../models/graph/ir.js';
import { type AxisRef, positionsOf } from '../../../models/graph/operator.js';
import { operators } from '../../../models/graph/registry.js';
import { type Feed, operatorCases } from './operator-cases.js';

const backends: ('native' | 'portable')[] =
  (await loadEngine()).backend === 'portable' ? ['portable'] : ['portable', 'native'];

const tensors = (feeds: Record<string, Feed>) =>
  Object.fromEntries(Object.entries(feeds).map(([id, { shape, data }]) => [id, tf.tensor(data, shape)]));

/**
 * Rounding has no slope that finite differences could find: these operators define a gradient of their own, which
 * `fake-quantize.integration.test.ts` checks against its formula.
 */
const DEFINED_GRADIENTS = new Set(['QuantizeDequantize', 'DynamicQuantizeDequantize']);

describe('the registry', () => {
  it.each([...operators.keys()])('%s has a case', (op) => {
    expect(operatorCases.filter((c) => c.op === op).map((c) => c.name)).not.toEqual([]);
  });
});

describe.each(operatorCases)('$name', ({ op, build }) => {
  const { graph, feeds } = build();
  const known = Object.fromEntries(Object.entries(feeds).map(([id, { shape }]) => [id, shape]));

  it('holds the operator', () => {
    expect(graph.nodes.map((node) => node.op)).toContain(op);
  });

  it('costs something', () => {
    const cost = costOf(graph, known);
    expect(cost.bytes).toBeGreaterThan(0);
    expect(cost.macs > 0).toBe(['Conv', 'ConvTranspose', 'MatMul', 'LSTM'].includes(op));
    expect(Number.isInteger(cost.macs + cost.operations)).toBe(true);
  });
});

describe.each(backends)('on the %s backend', (backend) => {
  beforeAll(async () => {
    await loadEngine({ backend });
  });

  describe.each(operatorCases)('$name', ({ op, build }) => {
    const { graph, feeds } = build();
    const known = Object.fromEntries(Object.entries(feeds).map(([id, { shape }]) => [id, shape]));
    const output = graph.outputs[0]!;

    it('executes to the inferred shape, whatever is known of it', () => {
      const shape = tf.tidy(() => execute(graph, tensors(feeds))[0]!.shape);
      expect(inferShapes(graph, known).get(output)).toEqual(shape);
      const partly = inferShapes(graph).get(output)!;
      expect(partly.map((d, axis) => d ?? shape[axis])).toEqual(shape);
    });

    it('leaves no tensor behind and none of the feeds disposed', () => {
      const inputs = tensors(feeds);
      const before = tf.memory().numTensors;
      tf.tidy(() => void execute(graph, inputs));
      expect(tf.memory().numTensors).toBe(before);
      for (const tensor of Object.values(inputs)) {
        expect(tensor.isDisposed).toBe(false);
        tensor.dispose();
      }
    });

    const derived = DEFINED_GRADIENTS.has(op) ? it.fails : it;
    derived('has the gradient of finite differences', () => {
      checkGradients(graph, feeds, false);
      if (op === 'BatchNormalization') checkGradients(graph, feeds, true);
    });

    it('ties axes whose units can go together', () => {
      checkTies(graph, feeds, op);
    });
  });
});

it.runIf(backends.length > 1)('both backends agree', async () => {
  const results: Float32Array[][] = [];
  for (const backend of backends) {
    await loadEngine({ backend });
    results.push(
      operatorCases.map(({ build }) => {
        const { graph, feeds } = build();
        return tf.tidy(() => execute(graph, tensors(feeds))[0]!.dataSync() as Float32Array);
      }),
    );
  }
  operatorCases.forEach(({ name }, i) => {
    expect(greatestDifference(results[0]![i]!, results[1]![i]!), name).toBeLessThan(1e-5);
  });
});

function greatestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);
}

/**
 * Takes away the last unit of every tie: the shapes still fit, and where the unit was zero all along the rest of the
 * output stays as it was.
 */
function checkTies(graph: Graph, feeds: Record<string, Feed>, op: string): void {
  const node = graph.nodes[0]!;
  const operator = operators.get(op)!;
  const inputs = node.inputs.map((id) => feeds[id]!);
  const roles = Object.entries(node.params).map(([role, id]) => [role, graph.params.get(id)!] as const);
  const params = Object.fromEntries(roles);
  const shapesOf = (list: Record<string, { shape: readonly number[] }>) =>
    Object.fromEntries(Object.entries(list).map(([role, { shape }]) => [role, shape]));
  const run = (attrs: Attributes, values: ArrayOf[], weights: Record<string, ArrayOf>): ArrayOf =>
    tf.tidy(() => {
      const [y] = operator.execute({
        attrs,
        inputs: values.map(({ shape, data }) => tf.tensor(data, [...shape])),
        params: Object.fromEntries(
          Object.entries(weights).map(([role, { shape, data }]) => [role, tf.tensor(data, [...shape])]),
        ),
        batchStatistics: false,
        reportStatistic() {},
      });
      return { shape: y!.shape, data: y!.dataSync() as Float32Array };
    });
  const whole = run(node.attrs, inputs, params);
  const ties = operator.ties({
    attrs: node.attrs,
    inputs: inputs.map(({ shape }) => shape),
    outputs: [whole.shape],
    params: shapesOf(params),
  });
  expect(ties.length).toBeGreaterThan(0);
  for (const { size, axes } of ties) {
    if (size < 2) continue;
    const change = (array: ArrayOf, isIt: (of: AxisRef['of']) => boolean, how: typeof remove): ArrayOf =>
      axes
        .filter(({ of }) => isIt(of))
        .reduce((a, ref) => how(a, ref.axis, positionsOf(ref, size - 1)), array);
    const changeAll = (how: typeof remove) => ({
      values: inputs.map((array, i) => change(array, (of) => 'input' in of && of.input === i, how)),
      weights: Object.fromEntries(
        roles.map(([role, array]) => [role, change(array, (of) => 'param' in of && of.param === role, how)]),
      ),
    });
    const less = changeAll(remove);
    const zeroed = changeAll(zero);
    const expectedOutput = (from: ArrayOf) => change(from, (of) => 'output' in of, remove);
    const context = {
      attrs: node.attrs,
      inputs: less.values.map(({ shape }) => shape),
      outputs: [expectedOutput(whole).shape],
      params: shapesOf(less.weights),
    };
    const attrs = operator.adaptAttributes?.(context) ?? node.attrs;
    expect(operator.attributes.safeParse(attrs).success).toBe(true);
    expect(operator.inferShapes({ ...context, attrs })).toEqual(context.outputs);
    // Its own statistics are all that a layer normalisation has.
    if (op === 'LayerNormalization' && axes.some(({ of }) => 'param' in of)) continue;
    const reference = expectedOutput(run(node.attrs, zeroed.values, zeroed.weights));
    const actual = run(attrs, less.values, less.weights);
    expect(greatestDifference(actual.data, reference.data), JSON.stringify(axes)).toBeLessThan(1e-5);
  }
}

interface ArrayOf {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

function zero({ shape, data }: ArrayOf, axis: number, positions: readonly number[]): ArrayOf {
  return { shape, data: data.map((v, i) => (positions.includes(coordinate(shape, axis, i)) ? 0 : v)) };
}

function remove({ shape, data }: ArrayOf, axis: number, positions: readonly number[]): ArrayOf {
  return {
    shape: shape.map((d, i) => (i === axis ? d - new Set(positions).size : d)),
    data: data.filter((_, i) => !positions.includes(coordinate(shape, axis, i))),
  };
}

function coordinate(shape: readonly number[], axis: number, index: number): number {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return Math.floor(index / inner) % shape[axis]!;
}

/** Sampled partial derivatives of a random projection of the output, with respect to every input and param. */
function checkGradients(graph: Graph, feeds: Record<string, Feed>, training: boolean): void {
  const trainable = [...graph.params].filter(([, param]) => param.trainable);
  const names = [...Object.keys(feeds), ...trainable.map(([id]) => id)];
  const arrays = [
    ...Object.values(feeds),
    ...trainable.map(([, { shape, data }]) => ({ shape: [...shape], data })),
  ];
  let projection: tf.Tensor | undefined;
  const loss = (...values: tf.Tensor[]): tf.Scalar => {
    const ids = Object.keys(feeds);
    const inputs = Object.fromEntries(ids.map((id, i) => [id, values[i]!]));
    const variables = new Map(trainable.map(([id], i) => [id, values[ids.length + i]!]));
    const [y] = execute(graph, inputs, { variables, training });
    projection ??= tf.keep(tf.tensor(randomArray(y!.size), y!.shape));
    return tf.sum(tf.mul(y!, projection));
  };
  const analytic = tf.tidy(() =>
    tf
      .grads(loss)(arrays.map(({ shape, data }) => tf.tensor(data, shape)))
      .map((g) => ({ shape: g.shape, data: g.dataSync() })),
  );
  const at = (k: number, i: number, delta: number) =>
    tf.tidy(() => {
      const moved = arrays.map(({ shape, data }, j) => {
        const copy = data.slice();
        if (j === k) copy[i]! += delta;
        return tf.tensor(copy, shape);
      });
      return loss(...moved).dataSync()[0]!;
    });
  arrays.forEach(({ shape, data }, k) => {
    expect(analytic[k]!.shape, `shape of the gradient by ${names[k]}`).toEqual(shape);
    const random = new Random(11, names[k]!);
    const scale = Math.max(1, ...analytic[k]!.data.map(Math.abs));
    for (let sample = 0; sample < Math.min(12, data.length); sample++) {
      const i = data.length <= 12 ? sample : random.int(0, data.length - 1);
      const numeric = (at(k, i, STEP) - at(k, i, -STEP)) / (2 * STEP);
      const error = Math.abs(numeric - analytic[k]!.data[i]!) / scale;
      expect(error, `by ${names[k]}[${i}]: ${analytic[k]!.data[i]} against ${numeric}`).toBeLessThan(4e-3);
    }
  });
  projection?.dispose();
}

const STEP = 4e-3;

function randomArray(size: number): Float32Array {
  const random = new Random(13, size);
  return Float32Array.from({ length: size }, () => random.range(-1, 1));
}
