import * as tf from '@tensorflow/tfjs-core';
import { reduction } from '../reduction.js';

/** The greatest over the given axes, which stay as size 1 where `keepdims` is set. */
export const reduceMax = reduction('ReduceMax', (x, axes, keepDims) => tf.max(x, axes, keepDims));
