/** Errors as plain data and back: a thread can send the fields of an error, not its class. */
import { ERROR_TABLE, type ErrorCode, PocketlensError } from './errors.js';

export interface PlainError {
  /** undefined for a defect: an error that is no PocketlensError. */
  readonly code?: string | undefined;
  readonly message: string;
  readonly remedy?: string | undefined;
  readonly details?: Record<string, unknown>;
  /** Of a defect. */
  readonly stack?: string | undefined;
}

/** @param error whatever was thrown; of `details` what JSON can say is kept */
export function toPlainError(error: unknown): PlainError {
  if (error instanceof PocketlensError) {
    const { code, message, remedy, details } = error;
    return { code, message, remedy, details: JSON.parse(JSON.stringify(details)) };
  }
  return error instanceof Error ? { message: error.message, stack: error.stack } : { message: String(error) };
}

/** @returns a PocketlensError where the code is one of ours, else an Error with the stack of the first one */
export function fromPlainError({ code, message, remedy, details, stack }: PlainError): Error {
  if (code !== undefined && Object.hasOwn(ERROR_TABLE, code))
    return new PocketlensError(code as ErrorCode, message, {
      ...(remedy !== undefined && { remedy }),
      ...(details && { details }),
    });
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
