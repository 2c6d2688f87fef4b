/** Rounding to the grid of a quantizer in the forward pass, with a gradient that training can use. */
import * as tf from '@tensorflow/tfjs-core';

export interface FakeQuantizeOptions {
  /** Lowest and highest code. */
  readonly least: number;
  readonly most: number;
  /** Factor on the gradient to the scale. Default 1. */
  readonly scaleGradient?: number;
}

/**
 * (clip(round(x / scale) + zeroPoint, least, most) − zeroPoint) · scale, ties rounding to even as ONNX has it.
 *
 * The rounding counts as the identity in the gradient (straight-through estimator, Bengio et al. 2013): the gradient to
 * `x` is that of the clipping alone. The gradient to the scale is that of learned step sizes (Esser et al. 2020, eq. 3):
 * an element adds (code − zeroPoint) − x / scale where it is within the range, and (code − zeroPoint) where it is clipped.
 * The zero point has none.
 *
 * @param scale,zeroPoint of a shape that broadcasts to that of `x`
 */
export function fakeQuantize<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  zeroPoint: tf.Tensor,
  { least, most, scaleGradient = 1 }: FakeQuantizeOptions,
): T {
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, s, z, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const value = tf.mul(steps(tf.div(input, s), z, least, most), s);
    save([input, s, z]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x0, s0, z0] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const exact = tf.div(x0, s0);
        const inside = tf.logicalAnd(
          tf.greaterEqual(exact, tf.sub(least, z0)),
          tf.lessEqual(exact, tf.sub(most, z0)),
        );
        const mask = tf.cast(inside, 'float32');
        const taken = steps(exact, z0, least, most);
        const byScale = tf.mul(tf.mul(dy, tf.sub(taken, tf.mul(mask, exact))), scaleGradient);
        return [tf.mul(dy, mask), sumTo(byScale, s0.shape), tf.zerosLike(z0)];
      },
    };
  });
  return run(x, scale, zeroPoint) as T;
}

/** Codes less the zero point: whole numbers of steps. */
function steps(exact: tf.Tensor, zeroPoint: tf.Tensor, least: number, most: number): tf.Tensor {
  const code = tf.clipByValue(tf.add(tf.round(exact), zeroPoint), least, most);
  return tf.sub(code, zeroPoint);
}

/** Sums over the axes along which a tensor of `shape` was broadcast. */
function sumTo(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const offset = x.rank - shape.length;
  const axes = x.shape.flatMap((d, axis) =>
    axis < offset || (shape[axis - offset] === 1 && d !== 1) ? [axis] : [],
  );
  return tf.reshape(axes.length > 0 ? tf.sum(x, axes, true) : x, [...shape]);
}
