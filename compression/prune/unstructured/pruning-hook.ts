/**
 * Pruning as a hook of the training loop: masks between the variables and the forward pass, renewed as the schedule says.
 * A masked weight gets no gradient. Where a rule needs to know what a masked weight would have been good for (movement,
 * regrowth by gradient), the gradient of the masked product is kept before the mask is applied to it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../../../models/base/random.js';
import type { ParamId } from '../../../models/graph/ir.js';
import type { Hook, StepInfo, TrainingState } from '../../../models/training/hooks.js';
import { computeMasks, type Distribution, type Masks } from './masks.js';
import { exchange } from './regrow.js';
import { endOf, exchangeAt, type Schedule, sparsityAt } from './schedule.js';
import { magnitudeScores, randomScores, type ScoreKind } from './scores.js';
import { unitsOf } from './units.js';
import type { PrunableWeight } from './weights.js';

export interface PruningPlan {
  readonly weights: readonly PrunableWeight[];
  readonly distribution: Distribution;
  readonly score: ScoreKind;
  readonly schedule: Schedule;
  /** Steps between two renewals of the masks. */
  readonly every: number;
  readonly seed: number;
}

export interface PruningHook extends Hook {
  /** The masks at present; after the session too. */
  masks(): Masks;
  /** The masks at the full sparsity: those at present where the schedule has come to its end. */
  finalMasks(weights: ReadonlyMap<ParamId, Float32Array>): Masks;
}

/** Weight of the past in the running mean of |w · gradient|. */
const TAYLOR_MEMORY = 0.95;

/** @param initial masks to start from: of a one-shot pruning, or of the constant sparsity of prune-and-regrow */
export function pruningHook(plan: PruningPlan, initial?: Masks): PruningHook {
  const { weights, distribution, schedule, score, every, seed } = plan;
  const byId = new Map(weights.map((weight) => [weight.id, weight]));
  const masks = new Map<ParamId, Uint8Array>(
    weights.map(({ id, shape }) => [
      id,
      initial?.get(id)?.slice() ?? new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(1),
    ]),
  );
  /** Movement: −Σ rate · gradient · weight. Taylor: running mean of |gradient · weight|. */
  const collected = new Map<ParamId, Float32Array>();
  const tensors = new Map<ParamId, tf.Variable>();
  const sums = new Map<ParamId, tf.Variable>();
  const gradients = new Map<ParamId, tf.Tensor>();
  // Progress starts anew in a session that goes on, sparsity must not.
  let reached = schedule.kind === 'one-shot' || schedule.kind === 'regrow' ? 1 : 0;
  let sinceUpdate = 0;
  let observing = false;

  const collects = score === 'movement' || score === 'taylor';
  const byGradient = schedule.kind === 'regrow' && schedule.by === 'gradient';
  const isDue = (progress: number) =>
    reached < 1 || schedule.kind === 'regrow'
      ? sinceUpdate + 1 >= every || (reached < 1 && progress >= endOf(schedule))
      : false;

  const scoresOf = (values: ReadonlyMap<ParamId, Float32Array>) =>
    new Map(
      weights.map(({ id }) => {
        const value = values.get(id)!;
        if (score === 'random') return [id, randomScores(id, value.length, seed)] as const;
        return [id, (collects && collected.get(id)) || magnitudeScores(value)] as const;
      }),
    );
  const masksAt = (values: ReadonlyMap<ParamId, Float32Array>, progress: number) =>
    computeMasks(weights, scoresOf(values), distribution, (final) => sparsityAt(schedule, final, progress));

  const place = ({ variables }: TrainingState) => {
    for (const [id, mask] of masks) {
      if (tensors.has(id)) continue;
      const { shape } = variables.get(id)!;
      tensors.set(
        id,
        tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(mask), shape), false)),
      );
      if (!collects) continue;
      const sum = collected.get(id) ?? new Float32Array(mask.length);
      sums.set(
        id,
        tf.tidy(() => tf.variable(tf.tensor(sum, shape), false)),
      );
    }
  };
  const collect = (info: StepInfo, { variables }: TrainingState) => {
    if (!collects || reached >= 1) return;
    for (const [id, gradient] of gradients) {
      const sum = sums.get(id)!;
      tf.tidy(() => {
        const change = tf.mul(gradient, variables.get(id)!);
        if (score === 'movement') sum.assign(tf.sub(sum, tf.mul(change, info.learningRate)));
        else sum.assign(tf.add(tf.mul(sum, TAYLOR_MEMORY), tf.mul(tf.abs(change), 1 - TAYLOR_MEMORY)));
      });
    }
  };
  const readSums = () => {
    for (const [id, sum] of sums) collected.set(id, (sum.dataSync() as Float32Array).slice());
  };
  const renew = (info: StepInfo, { variables }: TrainingState) => {
    const values = new Map(weights.map(({ id }) => [id, variables.get(id)!.dataSync() as Float32Array]));
    readSums();
    reached = Math.max(reached, info.progress >= endOf(schedule) ? 1 : info.progress);
    const next = schedule.kind === 'regrow' ? regrown(values, info) : masksAt(values, reached);
    for (const [id, mask] of next) {
      const before = tensors.get(id)!;
      tf.tidy(() => {
        const after = tf.tensor(Float32Array.from(mask), before.shape);
        // What goes is 0 if it ever comes back; by movement it comes back as it was (Sanh et al. 2020).
        if (score !== 'movement')
          variables.get(id)!.assign(tf.mul(tf.mul(variables.get(id)!, before), after));
        before.assign(after);
      });
      masks.set(id, mask);
    }
  };
  const regrown = (values: ReadonlyMap<ParamId, Float32Array>, info: StepInfo) => {
    const next = new Map<ParamId, Uint8Array>();
    if (schedule.kind !== 'regrow') return next;
    const share = exchangeAt(schedule, info.progress);
    if (share === 0) return next;
    for (const [id, mask] of masks) {
      const growth = byGradient
        ? (gradients.get(id)?.dataSync() as Float32Array | undefined)
        : new Random(seed, 'regrow', id, info.step);
      if (!growth) continue;
      const units = unitsOf(byId.get(id)!, distribution.granularity);
      const value = values.get(id)!.map((w, i) => w * mask[i]!);
      next.set(id, exchange(value, mask, units, share, growth));
    }
    return next;
  };

  return {
    name: 'prune-weights',
    masks: () => masks,
    finalMasks: (values) => (reached >= 1 ? masks : masksAt(values, 1)),
    beforeStep(info, state) {
      place(state);
      observing = (collects && reached < 1) || (byGradient && isDue(info.progress));
    },
    transformParam(id, value) {
      const mask = tensors.get(id);
      if (!mask) return value;
      if (!observing) return tf.mul(value, mask);
      return maskKeepingGradient(value, mask, (gradient) => gradients.set(id, tf.keep(gradient)));
    },
    afterStep(info, state) {
      collect(info, state);
      if (isDue(info.progress)) {
        renew(info, state);
        sinceUpdate = 0;
      } else sinceUpdate += 1;
      tf.dispose([...gradients.values()]);
      gradients.clear();
    },
    deployedParams(_state, params) {
      if (tensors.size === 0) return params;
      const deployed = new Map(params);
      for (const [id, mask] of tensors) deployed.set(id, tf.mul(params.get(id)!, mask));
      return deployed;
    },
    save() {
      readSums();
      const saved = new Map<string, Float32Array>([['state', Float32Array.of(reached, sinceUpdate)]]);
      for (const [id, mask] of masks) saved.set(`mask/${id}`, Float32Array.from(mask));
      for (const [id, sum] of collected) saved.set(`score/${id}`, sum);
      return saved;
    },
    load(saved) {
      [reached = reached, sinceUpdate = 0] = saved.get('state') ?? [];
      for (const id of masks.keys()) {
        const mask = saved.get(`mask/${id}`);
        const sum = saved.get(`score/${id}`);
        if (mask) masks.set(id, Uint8Array.from(mask));
        if (sum) collected.set(id, sum);
      }
    },
    dispose() {
      readSums();
      tf.dispose([...tensors.values(), ...sums.values(), ...gradients.values()]);
      tensors.clear();
      sums.clear();
      gradients.clear();
    },
  };
}

/** value · mask; hands over the product's gradient before the mask is applied to it. */
function maskKeepingGradient(
  value: tf.Tensor,
  mask: tf.Tensor,
  receive: (gradient: tf.Tensor) => void,
): tf.Tensor {
  const op = tf.customGrad((x) => ({
    value: tf.mul(x as tf.Tensor, mask),
    gradFunc: (dy: tf.Tensor) => {
      receive(dy.clone());
      return tf.mul(dy, mask);
    },
  }));
  return op(value);
}
