import * as tf from '@tensorflow/tfjs-core';
import { reduction } from '../reduction.js';

/** The mean over the given axes, which stay as size 1 where `keepdims` is set. */
export const reduceMean = reduction('ReduceMean', (x, axes, keepDims) => tf.mean(x, axes, keepDims));
