import { noAttributes, unaryOperator } from '../elementwise.js';

/** x */
export const identity = unaryOperator({
  name: 'Identity',
  attributes: noAttributes,
  operations: 0,
  execute: (x) => x.clone(),
});
