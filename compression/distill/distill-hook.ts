/**
 * Teachers as a hook of the training loop: they see each batch before the student does; what they say is added to its
 * loss. Outputs as soft targets (Hinton et al. 2015), features through a learned projection (FitNets, Romero et al. 2015).
 */
import * as tf from '@tensorflow/tfjs-core';
import { expected } from '../../models/base/errors.js';
import { Random } from '../../models/base/random.js';
import { inferShapes } from '../../models/graph/infer-shapes.js';
import type { Graph, ValueId } from '../../models/graph/ir.js';
import { resizeLinear } from '../../models/graph/resampling.js';
import type { Hook } from '../../models/training/hooks.js';
import type { PassContext } from '../pass.js';
import { relativeSquaredError } from './divergences.js';
import { defaultOutputs, type Lesson, lessonLoss, lessonOf, type TaughtOutput } from './outputs.js';
import { Teacher } from './teacher.js';

export interface FeaturePair {
  /** Value of the student, and of the teacher with the number `of`. */
  readonly student: ValueId;
  readonly teacher: ValueId;
  readonly of: number;
  readonly weight: number;
}

export interface DistillHookOptions {
  /** Default: `defaultOutputs`. */
  readonly outputs?: readonly TaughtOutput[];
  readonly features?: readonly FeaturePair[];
  readonly seed: number;
}

/** The hook of a pass that has no other options of teaching: one teacher, the outputs that the task names. */
export function teacherHook(student: Graph, teacher: Graph, { seed, task }: PassContext): Hook {
  const outputs = task?.taughtOutputs;
  return distillHook(student, [teacher], { seed, ...(outputs && { outputs }) });
}

/**
 * @param student the graph that will be trained. @param teachers one or more; their outputs are averaged.
 * @throws invalid_config where inputs, outputs or features do not fit together
 */
export function distillHook(student: Graph, teachers: readonly Graph[], options: DistillHookOptions): Hook {
  const shapes = inferShapes(student);
  const features = options.features ?? [];
  const outputs = options.outputs ?? defaultOutputs(shapes.get(student.outputs[0]!)!);
  requireOutputs(student, 'the student', outputs);
  const asked = teachers.map((graph, of) => {
    requireOutputs(graph, `teacher "${graph.name}"`, outputs);
    const values = features.filter((pair) => pair.of === of).map((pair) => pair.teacher);
    return new Teacher(graph, student, [...new Set(values)]);
  });
  const pairs = features.map((pair) => {
    const from = shapes.get(pair.student);
    if (!from) throw expected('invalid_config', 'a value of the student', 'a feature', pair.student);
    const teacher = asked[pair.of];
    if (!teacher) throw expected('invalid_config', `one of ${asked.length} teachers`, 'a feature', pair.of);
    const to = teacher.shapeOf(pair.teacher);
    const sizes = [from.at(-1), to.at(-1)] as [number, number];
    if (from.length !== to.length || from.length < 2 || from.length > 4)
      throw expected('invalid_config', `rank ${from.length}`, `the teacher's "${pair.teacher}"`, to.length);
    return { ...pair, sizes };
  });
  const projections = pairs.map(() => undefined as tf.Variable | undefined);
  let lessons: Lesson[] = [];
  let wanted: tf.Tensor[] = [];
  return {
    name: 'distill',
    capture: features.map((pair) => pair.student),
    extraVariables() {
      pairs.forEach(({ student: id, sizes: [from, to] }, i) => {
        const random = new Random(options.seed, 'projection', id, i);
        const limit = Math.sqrt(6 / (from + to));
        const data = Float32Array.from({ length: from * to }, () => random.range(-limit, limit));
        projections[i] = tf.tidy(() => tf.variable(tf.tensor2d(data, [from, to]), true));
      });
      return new Map(projections.map((variable, i) => [`projection${i}`, variable!]));
    },
    beforeForward(_info, { feeds, lengths }) {
      const answers = asked.map((teacher) => teacher.ask(feeds, student));
      lessons = outputs.map((taught) =>
        lessonOf(
          taught,
          answers.map((answer) => answer.outputs[taught.output]!),
          lengths,
        ),
      );
      wanted = pairs.map(({ of, teacher }) => answers[of]!.values.get(teacher)!);
    },
    extraLoss(_info, captured, { outputs: own, lengths }) {
      const terms = outputs.map((taught, i) => lessonLoss(taught, own[taught.output]!, lessons[i]!, lengths));
      pairs.forEach(({ student: id, weight }, i) => {
        const loss = hintLoss(captured.get(id)!, projections[i]!, wanted[i]!, id);
        terms.push(tf.mul(loss, weight));
      });
      return tf.addN(terms) as tf.Scalar;
    },
    dispose() {
      for (const teacher of asked) teacher.dispose();
    },
  };
}

/**
 * Error of student · projection against the teacher's features, relative to their mean square; the student's map is
 * scaled to the teacher's size where they differ.
 * @param projection [channels of the student, channels of the teacher], a 1×1 convolution
 */
export function hintLoss(
  student: tf.Tensor,
  projection: tf.Tensor,
  teacher: tf.Tensor,
  name: string,
): tf.Scalar {
  const [from, to] = projection.shape as [number, number];
  const product = tf.matMul(tf.reshape(student, [-1, from]), projection as tf.Tensor2D);
  const projected = tf.reshape(product, [...student.shape.slice(0, -1), to]);
  const size = teacher.shape.slice(1, -1);
  const alike = projected.shape.join() === teacher.shape.join();
  if (!alike && teacher.rank !== 4) {
    throw expected('invalid_config', `the shape [${teacher.shape.join(', ')}]`, `the feature "${name}"`, [
      ...student.shape,
    ]);
  }
  const fitted = alike ? projected : resizeLinear(projected as tf.Tensor4D, size as [number, number]);
  return relativeSquaredError(fitted, teacher);
}

function requireOutputs(graph: Graph, name: string, outputs: readonly TaughtOutput[]): void {
  for (const { output } of outputs) {
    if (output < graph.outputs.length) continue;
    throw expected(
      'invalid_config',
      `an output below ${graph.outputs.length} of ${name}`,
      '"outputs"',
      output,
    );
  }
}
