/**
 * Losses of the saliency network: on every side output a cross-entropy and an intersection-over-union loss in which pixels
 * near the object's outline count more (Wei et al. 2020, F3Net), on the contour a balanced cross-entropy (Xie and Tu 2015).
 */
import * as tf from '@tensorflow/tfjs-core';
import { resizeLinear } from '../../graph/resampling.js';

export interface SaliencyLossWeights {
  /** Of the finest map. */
  readonly final: number;
  /** Of the side outputs, finest first. */
  readonly sides: readonly number[];
  readonly contour: number;
  /** Of the segment stream's map, and of the fused one. */
  readonly segment: number;
  readonly fused: number;
}

export const DEFAULT_SALIENCY_LOSS: SaliencyLossWeights = {
  final: 1,
  sides: [0.5, 0.4, 0.3, 0.2],
  contour: 0.3,
  segment: 0.5,
  fused: 1,
};

export interface SaliencyTargets {
  /** [batch, height, width, 1] in [0, 1], at the image's size. */
  readonly mask: tf.Tensor4D;
  /** How much a pixel counts, same shape, at least 1. */
  readonly weight: tf.Tensor4D;
  /** [batch, height / 2, width / 2, 1], 1 where the outline passes. */
  readonly contour: tf.Tensor4D;
}

/** Logits of a network, each [batch, height, width, 1]. */
export interface SaliencyLogits {
  /** At stride 2; compared at the image's size, as it will be used. */
  readonly dense: tf.Tensor4D;
  readonly contour: tf.Tensor4D;
  /** At coarser strides, compared at their own size with the means of the mask under their pixels. */
  readonly sides: readonly tf.Tensor4D[];
  /** Of a network with a segment stream: its map at stride 4, and the fused one at stride 2. */
  readonly streams?: { readonly segment: tf.Tensor4D; readonly fused: tf.Tensor4D };
}

/** Weighted sum over a network's outputs: each stream is taught by itself, and what is made of both (deep supervision). */
export function saliencyLoss(
  { dense, contour, sides, streams }: SaliencyLogits,
  { mask, weight, contour: outline }: SaliencyTargets,
  weights: SaliencyLossWeights = DEFAULT_SALIENCY_LOSS,
): tf.Scalar {
  const atFullSize = (logits: tf.Tensor4D) => structureLoss(atSizeOf(logits, mask), mask, weight);
  const atOwnSize = (logits: tf.Tensor4D) =>
    structureLoss(logits, shrink(mask, logits), shrink(weight, logits));
  const terms: [tf.Scalar, number][] = [
    [atFullSize(dense), weights.final],
    [contourLoss(contour, outline), weights.contour],
    ...sides.map((side, i): [tf.Scalar, number] => [atOwnSize(side), weights.sides[i] ?? 0]),
  ];
  if (streams) {
    terms.push([atOwnSize(streams.segment), weights.segment], [atFullSize(streams.fused), weights.fused]);
  }
  return tf.addN(terms.map(([loss, share]) => tf.mul(loss, share))) as tf.Scalar;
}

/** Weighted cross-entropy plus weighted 1 − IoU, each by image; the mean over the batch. */
export function structureLoss(logits: tf.Tensor4D, mask: tf.Tensor4D, weight: tf.Tensor4D): tf.Scalar {
  const axes = [1, 2, 3];
  const entropy = tf.sub(tf.softplus(logits), tf.mul(logits, mask));
  const cross = tf.div(tf.sum(tf.mul(entropy, weight), axes), tf.sum(weight, axes));
  const weighted = tf.mul(tf.sigmoid(logits), weight);
  const shared = tf.sum(tf.mul(weighted, mask), axes);
  const all = tf.sub(tf.add(tf.sum(weighted, axes), tf.sum(tf.mul(mask, weight), axes)), shared);
  const overlap = tf.div(tf.add(shared, 1), tf.add(all, 1));
  return tf.mean(tf.add(cross, tf.sub(1, overlap))) as tf.Scalar;
}

/** Cross-entropy in which the few outline pixels and the many others weigh the same together. */
export function contourLoss(logits: tf.Tensor4D, outline: tf.Tensor4D): tf.Scalar {
  // A batch without any outline is background that counts a little.
  const positives = tf.maximum(tf.mean(outline), 0.01);
  const weight = tf.add(tf.mul(outline, tf.sub(1, tf.mul(positives, 2))), positives);
  const entropy = tf.sub(tf.softplus(logits), tf.mul(logits, outline));
  // Balanced, the outline comes out too thick: it weighs half as much as the rest.
  const softened = tf.mul(weight, tf.sub(1, tf.mul(outline, 0.5)));
  return tf.div(tf.sum(tf.mul(entropy, softened)), tf.sum(softened)) as tf.Scalar;
}

/** Logits at the size of the mask. */
function atSizeOf(logits: tf.Tensor4D, mask: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = mask.shape;
  return logits.shape[1] === height && logits.shape[2] === width
    ? logits
    : resizeLinear(logits, [height, width]);
}

/** Means over the blocks of pixels that lie under one pixel of `like`. */
function shrink(x: tf.Tensor4D, like: tf.Tensor4D): tf.Tensor4D {
  const step: [number, number] = [x.shape[1] / like.shape[1], x.shape[2] / like.shape[2]];
  return tf.avgPool(x, step, step, 'valid');
}
