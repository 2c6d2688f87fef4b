import { relu as reluKernel } from '../../engine/kernels/relu.js';
import { noAttributes, unaryOperator } from '../elementwise.js';

/** max(x, 0) */
export const relu = unaryOperator({
  name: 'Relu',
  attributes: noAttributes,
  operations: 1,
  execute: (x) => reluKernel(x),
});
