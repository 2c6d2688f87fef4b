/**
 * Scaling of images, with gradients of our own: tfjs's gradient of ResizeBilinear forgets `halfPixelCenters`, and its
 * JavaScript kernel for the gradient of ResizeNearestNeighbor misses pixels. Both maps are linear and separable, so the
 * gradient is the transpose along each axis.
 */
import * as tf from '@tensorflow/tfjs-core';

type Size = [height: number, width: number];

/** Bilinear, half-pixel centres, edges repeated. [n, h, w, c] → [n, size[0], size[1], c] */
export function resizeLinear(x: tf.Tensor4D, size: Size): tf.Tensor4D {
  return withTransposedGradient(x, linearWeights, (image) =>
    tf.image.resizeBilinear(image, size, false, true),
  );
}

/** Pixel floor(i · from / to). [n, h, w, c] → [n, size[0], size[1], c] */
export function resizeNearest(x: tf.Tensor4D, size: Size): tf.Tensor4D {
  return withTransposedGradient(x, nearestWeights, (image) =>
    tf.image.resizeNearestNeighbor(image, size, false, false),
  );
}

/** Adds, for one target position, the weight of each source position. */
type Weights = (at: number, from: number, to: number, add: (source: number, weight: number) => void) => void;

const nearestWeights: Weights = (at, from, to, add) => add(Math.floor((at * from) / to), 1);

const linearWeights: Weights = (at, from, to, add) => {
  const position = ((at + 0.5) * from) / to - 0.5;
  const low = Math.floor(position);
  add(Math.max(low, 0), 1 - (position - low));
  add(Math.min(Math.max(low + 1, 0), from - 1), position - low);
};

function withTransposedGradient(
  x: tf.Tensor4D,
  weights: Weights,
  forward: (x: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D {
  const [, height, width] = x.shape;
  const scale = tf.customGrad((image) => ({
    value: forward(image as tf.Tensor4D),
    gradFunc: (dy: tf.Tensor) => {
      const rows = transposed(dy as tf.Tensor4D, 1, height, weights);
      return transposed(rows, 2, width, weights);
    },
  }));
  return scale(x) as tf.Tensor4D;
}

/** Gathers `from` positions along an axis out of those that they were scaled to. */
function transposed(dy: tf.Tensor4D, axis: 1 | 2, from: number, weights: Weights): tf.Tensor4D {
  const to = dy.shape[axis];
  if (to === from) return dy;
  const outer = dy.shape[0] * (axis === 1 ? 1 : dy.shape[1]);
  const inner = dy.shape[3] * (axis === 1 ? dy.shape[2] : 1);
  const shape = dy.shape.with(axis, from) as [number, number, number, number];
  if (weights === nearestWeights && to % from === 0) {
    return tf.reshape(tf.sum(tf.reshape(dy, [outer * from, to / from, inner]), 1), shape);
  }
  // [from, to] · [outer, to, inner]
  const matrix = new Float32Array(from * to);
  for (let at = 0; at < to; at++) {
    weights(at, from, to, (source, weight) => {
      matrix[source * to + at]! += weight;
    });
  }
  const flat = tf.reshape(dy, [outer, to, inner]) as tf.Tensor3D;
  return tf.reshape(tf.matMul(tf.tensor3d(matrix, [1, from, to]), flat), shape);
}
