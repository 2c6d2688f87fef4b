/**
 * The one error class of Pocketlens and the one table of its codes. A code is stable: scripts may test for it, and the
 * table only grows. Messages read "Expected X for Y but received Z"; `remedy` says what to do about it.
 */

/** What a code means to a shell (`exit`) and to an HTTP client (`status`). Exit codes: 1 partial failure among many
 * files, 64 wrong usage, 65 bad argument or recipe, 66 unreadable input, 68 model missing or corrupt, 69 a limit was
 * exceeded or too much was asked at once, 70 the environment lacks something, 71 inference or training failed, 72 internal, 73 output not writable,
 * 74 a bundle's files are not those that were built, 75 a bundle is not put together as one, 76 a runtime gives other
 * results than a bundle's goldens, 130 interrupted. */
export const ERROR_TABLE = {
  usage: { exit: 64, status: 400 },
  invalid_argument: { exit: 65, status: 400 },
  invalid_config: { exit: 65, status: 400 },
  some_failed: { exit: 1, status: 422 },
  invalid_request: { exit: 64, status: 400 },
  not_found: { exit: 64, status: 404 },
  method_not_allowed: { exit: 64, status: 405 },
  not_acceptable: { exit: 64, status: 406 },
  input_not_found: { exit: 66, status: 404 },
  input_unreadable: { exit: 66, status: 422 },
  invalid_image: { exit: 66, status: 422 },
  unsupported_format: { exit: 66, status: 415 },
  invalid_font: { exit: 66, status: 422 },
  invalid_data: { exit: 66, status: 422 },
  model_not_found: { exit: 68, status: 500 },
  model_corrupt: { exit: 68, status: 500 },
  invalid_graph: { exit: 68, status: 500 },
  unsupported_operator: { exit: 68, status: 500 },
  limit_exceeded: { exit: 69, status: 413 },
  request_timeout: { exit: 69, status: 408 },
  too_many_requests: { exit: 69, status: 429 },
  timed_out: { exit: 69, status: 503 },
  not_ready: { exit: 70, status: 503 },
  shutting_down: { exit: 70, status: 503 },
  address_unavailable: { exit: 70, status: 500 },
  engine_missing: { exit: 70, status: 500 },
  tool_missing: { exit: 70, status: 500 },
  data_missing: { exit: 70, status: 500 },
  inference_failed: { exit: 71, status: 500 },
  training_failed: { exit: 71, status: 500 },
  internal: { exit: 72, status: 500 },
  output_unwritable: { exit: 73, status: 500 },
  model_integrity_failed: { exit: 74, status: 500 },
  invalid_model_bundle: { exit: 75, status: 500 },
  golden_mismatch: { exit: 76, status: 500 },
  interrupted: { exit: 130, status: 499 },
} as const satisfies Record<string, { exit: number; status: number }>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export interface ErrorOptions {
  /** What the user can do about it, one sentence. */
  remedy?: string;
  /** Machine-readable facts about the failure. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** Every failure that a user can cause or mend. Anything else that is thrown is a defect. */
export class PocketlensError extends Error {
  override readonly name = 'PocketlensError';
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.details = options.details ?? {};
  }

  get exitCode(): number {
    return ERROR_TABLE[this.code].exit;
  }

  get httpStatus(): number {
    return ERROR_TABLE[this.code].status;
  }

  /** One line for stderr: code, message, remedy. */
  toLine(): string {
    const line = `${this.code}: ${this.message}${this.remedy ? ` ${this.remedy}` : ''}`;
    return line.replace(/\s*\n\s*/g, ' ');
  }
}

/** "Expected `expected` for `name` but received `actual`." */
export function expected(
  code: ErrorCode,
  what: string,
  name: string,
  actual: unknown,
  options: ErrorOptions = {},
): PocketlensError {
  return new PocketlensError(code, `Expected ${what} for ${name} but received ${show(actual)}.`, options);
}

function show(value: unknown): string {
  if (typeof value === 'string') return `"${value.length > 80 ? `${value.slice(0, 77)}...` : value}"`;
  if (typeof value === 'number' || typeof value === 'boolean' || value == null) return String(value);
  if (Array.isArray(value) && value.length <= 8 && value.every((v) => typeof v !== 'object'))
    return `[${value.join(', ')}]`;
  return Array.isArray(value) ? `an array of ${value.length}` : `a ${typeof value}`;
}
