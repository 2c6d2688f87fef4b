/** Whether a param's encoding is sound and its data are what some codes decode to. */
import { PocketlensError } from '../base/errors.js';
import { type AffineEncoding, type CodebookEncoding, codeRange, codesOf } from './encoding.js';
import type { Param, ParamId } from './ir.js';
import { showShape, sizeOf } from './shapes.js';

export const MOST_CODEBOOK_VALUES = 256;

/** @throws invalid_graph, naming the param */
export function checkEncoding(id: ParamId, param: Param): void {
  const { encoding, shape } = param;
  if (!encoding) return;
  const reason = encoding.kind === 'affine' ? affineFault(encoding, shape) : codebookFault(encoding);
  if (reason) throw invalid(id, reason);
  try {
    codesOf(param);
  } catch (cause) {
    if (!(cause instanceof PocketlensError)) throw cause;
    throw invalid(id, cause.message);
  }
}

function invalid(id: ParamId, reason: string): PocketlensError {
  return new PocketlensError('invalid_graph', `Param "${id}": ${reason}`, { details: { param: id } });
}

function affineFault(encoding: AffineEncoding, shape: readonly number[]): string | undefined {
  const { bits, scaleShape, scales, zeroPoints } = encoding;
  if (!Number.isInteger(bits) || bits < 2 || bits > 32) return `Expected 2 to 32 bits but received ${bits}.`;
  const fits =
    scaleShape.length === shape.length &&
    scaleShape.every((n, axis) => Number.isInteger(n) && n >= 1 && n <= shape[axis]!);
  if (!fits) return `Expected scales that divide ${showShape(shape)} but received ${showShape(scaleShape)}.`;
  const count = sizeOf(scaleShape);
  if (scales.length !== count || zeroPoints.length !== count)
    return `Expected ${count} scales and zero points but received ${scales.length} and ${zeroPoints.length}.`;
  const scale = scales.find((value) => !(value > 0 && Number.isFinite(value)));
  if (scale !== undefined) return `Expected positive scales but received ${scale}.`;
  const [least, most] = codeRange(encoding);
  const zeroPoint = zeroPoints.find((value) => value < least || value > most);
  if (zeroPoint !== undefined) return `Expected zero points of ${least} … ${most} but received ${zeroPoint}.`;
  return undefined;
}

function codebookFault({ values }: CodebookEncoding): string | undefined {
  if (values.length < 1 || values.length > MOST_CODEBOOK_VALUES)
    return `Expected a codebook of 1 to ${MOST_CODEBOOK_VALUES} values but received ${values.length}.`;
  const ascends = values.every((value, i) => Number.isFinite(value) && (i === 0 || value > values[i - 1]!));
  return ascends ? undefined : 'Expected ascending finite values in the codebook but received others.';
}
