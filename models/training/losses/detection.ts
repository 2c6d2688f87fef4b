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
    tf.mul(cross, weights.core),
    tf.mul(dice, weights.dice),
    tf.mul(distance, weights.distance),
    tf.mul(direction, weights.direction),
  ]) as tf.Scalar;
  return { total, core: cross, dice, distance, direction };
}

/**
 * Cross-entropy in which a pixel counts by how wrong it is, |z − p|, summed and divided by the weight of the positives:
 * the many easy background pixels fade without sampling.
 */
export function focalCrossEntropy(logits: tf.Tensor, labels: tf.Tensor, weight: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const entropy = tf.sub(tf.softplus(logits), tf.mul(logits, labels));
    const wrong = tf.abs(tf.sub(labels, tf.sigmoid(logits)));
    const positives = tf.add(tf.sum(tf.mul(weight, labels)), 1);
    return tf.div(tf.sum(tf.mul(tf.mul(entropy, wrong), weight)), positives) as tf.Scalar;
  });
}

/** 1 − 2 Σ w p z / Σ w (p + z), over the whole batch. */
export function diceLoss(logits: tf.Tensor, labels: tf.Tensor, weight: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const probability = tf.sigmoid(logits);
    const shared = tf.sum(tf.mul(tf.mul(probability, labels), weight));
    const all = tf.sum(tf.mul(tf.add(probability, labels), weight));
    // The constant keeps a batch without any line at a loss near 0 once nothing is predicted there.
    return tf.sub(1, tf.div(tf.add(tf.mul(shared, 2), 1), tf.add(all, 1))) as tf.Scalar;
  });
}

/** Weighted mean over the cells of the channels' mean; quadratic below `beta`, linear above. */
export function smoothL1(values: tf.Tensor, wanted: tf.Tensor, weight: tf.Tensor, beta: number): tf.Scalar {
  return tf.tidy(() => {
    const off = tf.abs(tf.sub(values, wanted));
    // min(off, β)² / 2β + (off − min(off, β)): one formula on both sides of β.
    const near = tf.minimum(off, tf.scalar(beta));
    const loss = tf.add(tf.div(tf.square(near), 2 * beta), tf.sub(off, near));
    const weighted = tf.sum(tf.mul(tf.mean(loss, -1, true), weight));
    return tf.div(weighted, tf.add(tf.sum(weight), 1)) as tf.Scalar;
  });
}
