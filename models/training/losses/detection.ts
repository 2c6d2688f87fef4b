/**
 * Losses of the line detector: a focal cross-entropy (Lin et al. 2017) and a Dice loss (Milletari et al. 2016) on the
 * cores, smooth L1 (Girshick 2015) on the geometry.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface DetectionLossWeights {
  readonly core: number;
  readonly dice: number;
  readonly distance: number;
  readonly direction: number;
}

export const DEFAULT_DETECTION_LOSS: DetectionLossWeights = { core: 1, dice: 1, distance: 2, direction: 0.5 };

export interface DetectionBatch {
  /** [batch, h, w, 1], 0 or 1. */
  readonly core: tf.Tensor4D;
  /** [batch, h, w, 1], 0 where ignored. */
  readonly coreWeight: tf.Tensor4D;
  /** [batch, h / 2, w / 2, 4]: encoded distances to top and bottom, cos 2θ, sin 2θ. */
  readonly geometry: tf.Tensor4D;
  /** [batch, h / 2, w / 2, 1], 0 outside lines. */
  readonly geometryWeight: tf.Tensor4D;
}

/** Scalars; `total` is the weighted sum of the others. */
export interface DetectionLosses {
  readonly total: tf.Scalar;
  readonly core: tf.Scalar;
  readonly dice: tf.Scalar;
  readonly distance: tf.Scalar;
  readonly direction: tf.Scalar;
}

/** @param core logits [batch, h, w, 1]. @param geometry [batch, h / 2, w / 2, 4]. */
export function detectionLoss(
  core: tf.Tensor4D,
  geometry: tf.Tensor4D,
  batch: DetectionBatch,
  weights: DetectionLossWeights = DEFAULT_DETECTION_LOSS,
): DetectionLosses {
  const cross = focalCrossEntropy(core, batch.core, batch.coreWeight);
  const dice = diceLoss(core, batch.core, batch.coreWeight);
  const [distances, directions] = tf.split(geometry, 2, -1) as [tf.Tensor4D, tf.Tensor4D];
  const [wantedDistances, wantedDirections] = tf.split(batch.geometry, 2, -1) as [tf.Tensor4D, tf.Tensor4D];
  const distance = smoothL1(distances, wantedDistances, batch.geometryWeight, 0.1);
  const direction = smoothL1(directions, wantedDirections, batch.geometryWeight, 0.2);
  const total = tf.addN([
    cross.mul(weights.core),
    dice.mul(weights.dice),
    distance.mul(weights.distance),
    direction.mul(weights.direction),
  ]) as tf.Scalar;
  return { total, core: cross, dice, distance, direction };
}

/**
 * Cross-entropy in which a pixel counts by how wrong it is, |z − p|, summed and divided by the weight of the positives:
 * the many easy background pixels fade without sampling.
 */
export function focalCrossEntropy(logits: tf.Tensor, labels: tf.Tensor, weight: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const entropy = tf.softplus(logits).sub(logits.mul(labels));
    const wrong = tf.abs(labels.sub(tf.sigmoid(logits)));
    const positives = weight.mul(labels).sum().add(1);
    return entropy.mul(wrong).mul(weight).sum().div(positives) as tf.Scalar;
  });
}

/** 1 − 2 Σ w p z / Σ w (p + z), over the whole batch. */
export function diceLoss(logits: tf.Tensor, labels: tf.Tensor, weight: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const probability = tf.sigmoid(logits);
    const shared = probability.mul(labels).mul(weight).sum();
    const all = probability.add(labels).mul(weight).sum();
    // The constant keeps a batch without any line at a loss near 0 once nothing is predicted there.
    return tf.sub(1, shared.mul(2).add(1).div(all.add(1))) as tf.Scalar;
  });
}

/** Weighted mean over the cells of the channels' mean; quadratic below `beta`, linear above. */
export function smoothL1(values: tf.Tensor, wanted: tf.Tensor, weight: tf.Tensor, beta: number): tf.Scalar {
  return tf.tidy(() => {
    const off = tf.abs(values.sub(wanted));
    // min(off, β)² / 2β + (off − min(off, β)): one formula on both sides of β.
    const near = tf.minimum(off, tf.scalar(beta));
    const loss = near
      .square()
      .div(2 * beta)
      .add(off.sub(near));
    return loss.mean(-1, true).mul(weight).sum().div(weight.sum().add(1)) as tf.Scalar;
  });
}
