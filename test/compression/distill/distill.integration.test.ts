import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compress } from '../../../compression/compress.js';
import { distill } from '../../../compression/distill/distill.js';
import { distillHook } from '../../../compression/distill/distill-hook.js';
import { taughtOutputSchema } from '../../../compression/distill/outputs.js';
import { definePass } from '../../../compression/pass.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { execute } from '../../../models/graph/execute.js';
import type { Graph } from '../../../models/graph/ir.js';
import { saveGraph } from '../../../models/graph/serialize.js';
import { withRandomStatistics } from '../export/onnx/parity.js';
import { compressionTask, inputs, Sessions, taskOn } from './session.js';

const SHAPE = [4, 4, 6, 2] as const;

/** [n, 4, w, 2] → [n, w, 3]: frames of two symbols and a blank. */
function reader(name: string, channels: number, seed: number): Graph {
  const b = new GraphBuilder(name, { seed });
  const x = b.input('x', [null, 4, null, 2]);
  const y = b.conv(x, { name: 'conv', filters: channels, kernel: [3, 3], bias: false });
  const z = b.relu(b.batchNorm(y, { name: 'norm' }), { name: 'features' });
  const flat = b.conv(z, { name: 'flat', filters: channels, kernel: [4, 1], pads: 'valid' });
  const graph = b.finish([b.dense(b.squeeze(flat, [1]), { name: 'scores', units: 3 })]);
  return withRandomStatistics(graph, seed);
}
const teacher = reader('teacher', 6, 11);
const student = reader('student', 4, 12);

/** Mean Kullback-Leibler divergence of the student from the teacher on inputs that neither has seen. */
function distance(graph: Graph, from = teacher): number {
  return tf.tidy(() => {
    const x = inputs(SHAPE, 1000);
    const p = tf.softmax(execute(from, { x })[0]!);
    const q = tf.logSoftmax(execute(graph, { x })[0]!);
    return tf.mean(tf.sum(tf.mul(p, tf.sub(tf.log(p), q)), -1)).dataSync()[0]!;
  });
}
/** No labels: whatever is learnt is learnt from the teacher. */
const unlabelled = () => taskOn(SHAPE, ([y]) => tf.mul(tf.sum(y!), 0) as tf.Scalar, [6, 6, 5, 3]);

const sessions = new Sessions();
let folder = '';
beforeAll(async () => {
  await loadEngine({ quiet: true });
  await sessions.open();
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-teachers-'));
  await saveGraph(join(folder, 'teacher.safetensors'), teacher);
});
afterAll(async () => {
  await sessions.close();
  await rm(folder, { recursive: true, force: true });
});

const output = (options: object) => [taughtOutputSchema.parse(options)];

describe('a student without labels', () => {
  it.each([
    ['frames of CTC', { kind: 'ctc' }],
    ['classes', { kind: 'softmax' }],
    ['numbers', { kind: 'regression' }],
  ])('comes near its teacher by %s', async (_, taught) => {
    const hook = distillHook(student, [teacher], { outputs: output(taught), seed: 1 });
    const { graph } = await sessions.run(student, unlabelled(), [hook], 60);
    expect(distance(graph)).toBeLessThan(distance(student) / 3);
  });

  it('learns the features through a projection, with as many channels of its own', async () => {
    const features = [{ student: 'features', teacher: 'features', of: 0, weight: 1 }];
    const nothing = output({ kind: 'regression', weight: 0 });
    const hook = distillHook(student, [teacher], { outputs: nothing, features, seed: 1 });
    const losses: number[] = [];
    const { extraLoss } = hook;
    hook.extraLoss = (...args) => {
      const loss = extraLoss!(...args);
      losses.push(loss.dataSync()[0]!);
      return loss;
    };
    const { graph } = await sessions.run(student, unlabelled(), [hook], 60);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 3);
    expect([...graph.params.keys()]).toEqual([...student.params.keys()]);
  });

  it('leaks no tensors', async () => {
    const features = [{ student: 'norm', teacher: 'norm', of: 1, weight: 1 }];
    const make = () => {
      const outputs = output({ kind: 'ctc', sequence: 1 });
      return [distillHook(student, [teacher, teacher], { outputs, features, seed: 1 })];
    };
    await sessions.run(student, unlabelled(), make(), 1);
    const before = tf.memory().numTensors;
    await sessions.run(student, unlabelled(), make(), 5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('that goes on where it stopped has the projection it had', async () => {
    const features = [{ student: 'features', teacher: 'features', of: 0, weight: 1 }];
    const projections: number[][] = [];
    const make = () => {
      const hook = distillHook(student, [teacher], { features, seed: 1 });
      const { extraVariables } = hook;
      hook.extraVariables = (state) => {
        const variables = extraVariables!(state);
        hook.beforeStep ??= () => projections.push([...variables.get('projection0')!.dataSync()]);
        return variables;
      };
      return hook;
    };
    const { name } = await sessions.run(student, unlabelled(), [make()], 4);
    await sessions.run(student, unlabelled(), [make()], 1, name);
    const [start, , , beforeLast, resumed] = projections;
    expect(beforeLast).not.toEqual(start);
    expect(resumed).not.toEqual(start);
    expect(resumed).not.toEqual(beforeLast);
  });
});

describe('the pass', () => {
  const task = () => compressionTask(sessions, unlabelled, [1, 4, 6, 2]);
  it('loads its teachers and leaves the graph its shape', async () => {
    const pass = distill({ teachers: [join(folder, 'teacher.safetensors')], minutes: 1, steps: 60 });
    const { graph, report } = await pass.apply(student, { seed: 1, task: task() });
    expect(graph.nodes).toEqual(student.nodes);
    expect(distance(graph)).toBeLessThan(distance(student) / 3);
    expect(report.summary).toContain('teacher');
  });
  it('is taught by the graph that the recipe began with, unless it is told otherwise', async () => {
    // The first pass puts the student in the teacher's place: what the second is taught by came before it.
    const replace = definePass('replace', 'test', z.strictObject({}), async () => ({
      graph: student,
      report: { summary: '', layers: [], skipped: [] },
    }));
    const context = { seed: 1, task: task(), evaluate: false };
    const { graph } = await compress(teacher, [replace(), distill({ minutes: 1, steps: 60 })], context);
    expect(distance(graph)).toBeLessThan(distance(student) / 3);
    await expect(distill({ minutes: 1 }).apply(student, { seed: 1, task: task() })).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
  it('teaches what the task names, where the recipe does not', async () => {
    // Weight 0: the teacher has nothing to say.
    const silent = [taughtOutputSchema.parse({ kind: 'sigmoid', weight: 0 })];
    const context = { seed: 1, task: { ...task(), taughtOutputs: silent } };
    const teachers = [join(folder, 'teacher.safetensors')];
    const { graph } = await distill({ teachers, minutes: 1, steps: 20 }).apply(student, context);
    expect(distance(graph)).toBeGreaterThan(0.9 * distance(student));
    const told = distill({ teachers, minutes: 1, steps: 60, outputs: [{ kind: 'sigmoid' }] });
    expect(distance((await told.apply(student, context)).graph)).toBeLessThan(distance(student) / 3);
  });
  it.each([
    ['a value that is not there', { features: [{ student: 'features', teacher: 'feature' }] }],
    ['a teacher that is not there', { features: [{ student: 'features', teacher: 'features', of: 3 }] }],
    ['an output that is not there', { outputs: [{ kind: 'softmax', output: 2 }] }],
  ])('refuses %s', async (_, options) => {
    const teachers = [join(folder, 'teacher.safetensors')];
    const pass = distill({ teachers, minutes: 1, ...(options as object) });
    await expect(pass.apply(student, { seed: 1, task: task() })).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
  it('refuses to run without training data, and without its teacher', async () => {
    const pass = distill({ teachers: [join(folder, 'none.safetensors')], minutes: 1 });
    await expect(pass.apply(student, { seed: 1 })).rejects.toMatchObject({ code: 'invalid_config' });
    await expect(pass.apply(student, { seed: 1, task: task() })).rejects.toMatchObject({
      code: 'model_not_found',
    });
  });
});
