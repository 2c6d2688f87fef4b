/** Weights of three values in the forward pass, with a gradient that training can use. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * −scale, 0 or scale: 0 for what does not exceed the threshold (Li and Liu 2016, "Ternary weight networks").
 *
 * The rounding counts as the identity in the gradient to `x` (straight-through estimator). The gradient to the scale is
 * that of the product, dy · (−1, 0 or 1), as of the trained scales of Zhu et al. 2017 ("Trained ternary quantization"),
 * here one for both signs; the threshold has none.
 *
 * @param scale,threshold of the shape of `x`, or one that broadcasts to it
 * @param scaleGradient factor on the gradient to the scale
 */
export function ternarize<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  threshold: tf.Tensor,
  scaleGradient = 1,
): T {
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, s, t, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const codes = tf.mul(tf.sign(input), tf.cast(tf.greater(tf.abs(input), t), 'float32'));
    save([codes, s, t]);
    return {
      value: tf.mul(codes, s),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [codes0, s0, t0] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const byScale = tf.mul(tf.mul(dy, codes0), scaleGradient);
        return [dy, sumTo(byScale, s0.shape), tf.zerosLike(t0)];
      },
    };
  });
  return run(x, scale, threshold) as T;
}

function sumTo(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const axes = x.shape.flatMap((d, axis) => (shape[axis] === 1 && d !== 1 ? [axis] : []));
  return axes.length > 0 ? tf.sum(x, axes, true) : x;
}
