/** The error of a set-up that cannot be done or did not succeed. */
import { PocketlensError } from '../base/errors.js';

export function engineMissing(
  why: string,
  options: ConstructorParameters<typeof PocketlensError>[2] = {},
): PocketlensError {
  return new PocketlensError('engine_missing', `Native TensorFlow is not set up: ${why}.`, options);
}
