/**
 * Adam (Kingma, Ba 2015) with decoupled weight decay (Loshchilov, Hutter 2019). On the native backend each variable is
 * updated by one fused kernel; elsewhere by TensorFlow.js operations that compute the same.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expected } from '../../base/errors.js';
import { attribute, execute, isNative } from '../../engine/native.js';

export interface AdamOptions {
  /** For `step` calls that give none. */
  learningRate: number;
  /** Decay of the gradient's running mean. Default 0.9. */
  beta1?: number;
  /** Decay of the squared gradient's running mean. Default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  epsilon?: number;
  /** Share of a weight that a step of learning rate 1 takes away, for variables of rank 2 and more. Default 0. */
  weightDecay?: number;
  /** Factor on the learning rate of a variable, by its name. Default 1 for all. */
  rateFactor?: (name: string) => number;
}

export interface Adam {
  /** Updates every variable that has a gradient under its name; others keep their value and their moments. */
  step(
    variables: ReadonlyMap<string, tf.Variable>,
    grads: ReadonlyMap<string, tf.Tensor>,
    learningRate?: number,
  ): void;
  /** Everything that `load` needs to go on exactly: "step", and "m/NAME", "v/NAME" for every variable seen. */
  save(): Map<string, Float32Array>;
  /** @throws invalid_argument on the next step, when a variable's size is not the saved one. */
  load(state: ReadonlyMap<string, Float32Array>): void;
  /** Frees the moments. */
  dispose(): void;
}

/** The running moments of one variable, on one backend. */
interface Moments {
  update(variable: tf.Variable, gradient: tf.Tensor, scalars: Scalars, decay: number): void;
  read(): { m: Float32Array; v: Float32Array };
  dispose(): void;
}

interface Scalars {
  readonly learningRate: number;
  /** beta1 to the power of the step's number, from 1. */
  readonly power1: number;
  readonly power2: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** The six above as tensors, in the order of the native kernel: powers, rate, betas, epsilon. Native only. */
  readonly tensors: readonly tf.Tensor[];
}

/** Makes an optimizer whose moments start at zero. */
export function createAdam(options: AdamOptions): Adam {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  const rateFactor = options.rateFactor ?? (() => 1);
  const moments = new Map<string, Moments>();
  let restored = new Map<string, Float32Array>();
  let count = 0;

  const momentsOf = (name: string, variable: tf.Variable): Moments => {
    const known = moments.get(name);
    if (known) return known;
    const initial = (kind: string): Float32Array => {
      const saved = restored.get(`${kind}/${name}`) ?? new Float32Array(variable.size);
      if (saved.length === variable.size) return saved;
      throw expected(
        'invalid_argument',
        `${variable.size} values`,
        `the optimizer's ${kind}/${name}`,
        saved.length,
      );
    };
    const made = (isNative() ? nativeMoments : portableMoments)(variable.shape, initial('m'), initial('v'));
    moments.set(name, made);
    return made;
  };

  const clear = () => {
    for (const entry of moments.values()) entry.dispose();
    moments.clear();
    restored = new Map();
    count = 0;
  };

  return {
    step(variables, grads, rate = learningRate) {
      count++;
      tf.tidy(() => {
        const [power1, power2] = [beta1 ** count, beta2 ** count];
        const atRate = (learningRate: number): Scalars => {
          const values = [power1, power2, learningRate, beta1, beta2, epsilon];
          const tensors = isNative() ? values.map((value) => tf.scalar(value)) : [];
          return { learningRate, power1, power2, beta1, beta2, epsilon, tensors };
        };
        const byFactor = new Map<number, Scalars>();
        for (const [name, variable] of variables) {
          const gradient = grads.get(name);
          if (!gradient) continue;
          const factor = rateFactor(name);
          const scalars = byFactor.get(factor) ?? atRate(rate * factor);
          byFactor.set(factor, scalars);
          const decay = variable.rank >= 2 ? scalars.learningRate * weightDecay : 0;
          momentsOf(name, variable).update(variable, gradient, scalars, decay);
        }
      });
    },
    save() {
      const state = new Map(restored).set('step', Float32Array.of(count));
      for (const [name, entry] of moments) {
        const { m, v } = entry.read();
        state.set(`m/${name}`, m).set(`v/${name}`, v);
      }
      return state;
    },
    load(state) {
      clear();
      restored = new Map(state);
      count = state.get('step')?.[0] ?? 0;
    },
    dispose: clear,
  };
}

/** Moments in TensorFlow resource variables, which `ResourceApplyAdam` updates in place. */
function nativeMoments(shape: number[], m: Float32Array, v: Float32Array): Moments {
  const [value, first, second] = tf.tidy(() => {
    const handles = [resource(shape), resource(shape), resource(shape)] as const;
    write(handles[1], tf.tensor(m, shape, 'float32'));
    write(handles[2], tf.tensor(v, shape, 'float32'));
    return handles.map((handle) => tf.keep(handle)) as [tf.Tensor, tf.Tensor, tf.Tensor];
  });
  return {
    update(variable, gradient, scalars, decay) {
      // The variable may have been changed since the last step (averaging, masks), so its value goes in every time;
      // that copies nothing, buffers are shared.
      write(value, decay > 0 ? tf.mul(variable, 1 - decay) : variable);
      execute(
        'ResourceApplyAdam',
        [attribute.type('T', 'float32')],
        [value, first, second, ...scalars.tensors, gradient],
        0,
      );
      variable.assign(read(value));
    },
    read: () => ({ m: values(first), v: values(second) }),
    dispose: () => tf.dispose([value, first, second]),
  };
}

/** TensorFlow's name for a resource that lives as long as its handle (`ResourceHandle::ANONYMOUS_NAME`). */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

function resource(shape: readonly number[]): tf.Tensor {
  const attributes = [
    attribute.string('container', ''),
    attribute.string('shared_name', ANONYMOUS),
    attribute.type('dtype', 'float32'),
    attribute.shape('shape', shape),
  ];
  return execute('VarHandleOp', attributes, [])[0]!;
}

function write(handle: tf.Tensor, value: tf.Tensor): void {
  execute('AssignVariableOp', [attribute.type('dtype', 'float32')], [handle, value], 0);
}

function read(handle: tf.Tensor): tf.Tensor {
  return execute('ReadVariableOp', [attribute.type('dtype', 'float32')], [handle])[0]!;
}

function values(handle: tf.Tensor): Float32Array {
  const tensor = read(handle);
  // Not inside `tf.tidy`, which would walk over every element of a returned array in search of tensors.
  const data = tensor.dataSync<'float32'>().slice();
  tensor.dispose();
  return data;
}

function portableMoments(shape: number[], m: Float32Array, v: Float32Array): Moments {
  let first = tf.keep(tf.tensor(m, shape, 'float32'));
  let second = tf.keep(tf.tensor(v, shape, 'float32'));
  return {
    update(variable, gradient, { learningRate, power1, power2, beta1, beta2, epsilon }, decay) {
      const [m0, v0] = [first, second];
      first = tf.keep(tf.add(m0, tf.mul(tf.sub(gradient, m0), 1 - beta1)));
      second = tf.keep(tf.add(v0, tf.mul(tf.sub(tf.square(gradient), v0), 1 - beta2)));
      const rate = (learningRate * Math.sqrt(1 - power2)) / (1 - power1);
      const change = tf.div(tf.mul(first, rate), tf.add(tf.sqrt(second), epsilon));
      variable.assign(tf.sub(decay > 0 ? tf.mul(variable, 1 - decay) : variable, change));
      tf.dispose([m0, v0]);
    },
    read: () => ({ m: first.dataSync<'float32'>().slice(), v: second.dataSync<'float32'>().slice() }),
    dispose: () => tf.dispose([first, second]),
  };
}
