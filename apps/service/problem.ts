/** Turns whatever is thrown into problem details (RFC 9457): a code of the one table, never a stack or a foreign message. */
import type { FastifyError } from 'fastify';
import { type ErrorCode, PocketlensError } from '../../models/base/errors.js';
import type { Problem } from './schemas/problem.js';

export interface ProblemAnswer {
  readonly status: number;
  readonly problem: Problem;
  readonly headers: Record<string, string>;
}

const TITLES: Partial<Record<ErrorCode, string>> = {
  invalid_request: 'The request is malformed',
  invalid_argument: 'An option is not valid',
  not_found: 'There is no such address',
  method_not_allowed: 'The address does not take this method',
  not_acceptable: 'None of the accepted types can be written',
  invalid_image: 'The image is damaged',
  unsupported_format: 'The body is no image of a known kind',
  limit_exceeded: 'The request is larger than a limit',
  request_timeout: 'The request took too long to arrive',
  too_many_requests: 'The service is busy',
  timed_out: 'The work took too long',
  shutting_down: 'The service is shutting down',
  model_not_found: 'A model is missing',
  model_corrupt: 'A model is damaged',
  inference_failed: 'The model failed',
  interrupted: 'The request was given up',
  internal: 'The service failed',
};

/** What Fastify and its plugins throw at a client's fault, by their codes. */
const FOREIGN: Record<string, readonly [ErrorCode, string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_format', 'Expected an image or a form with one.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['limit_exceeded', 'The body is larger than the service takes.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body is not as long as Content-Length says.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_request', 'The body is empty.'],
  FST_PARTS_LIMIT: ['limit_exceeded', 'The form has too many parts.'],
  FST_FILES_LIMIT: ['invalid_request', 'Expected one file in the form but received several.'],
  FST_FIELDS_LIMIT: ['limit_exceeded', 'The form has too many fields.'],
  FST_REQ_FILE_TOO_LARGE: ['limit_exceeded', 'The file is larger than the service takes.'],
  FST_PROTO_VIOLATION: ['invalid_request', 'The form has a field whose name is not allowed.'],
  FST_INVALID_JSON_FIELD_ERROR: ['invalid_request', 'A field of the form is no valid JSON.'],
  FST_MP_PREMATURE_CLOSE: ['invalid_request', 'The form ended before its last part.'],
  FST_ERR_BAD_URL: ['invalid_request', 'The URL is malformed.'],
};

/** The command's remedy is to raise a limit by an option, which a client cannot. */
const LIMIT_REMEDY = 'Send a smaller image.';

/** @param error of any kind; what is no one's fault but ours becomes `internal`, without its message */
export function toProblem(error: unknown, requestId?: string): ProblemAnswer {
  const known = toKnown(error);
  const { code, message, remedy, details } = known;
  const issues = details.issues as Problem['issues'];
  const isOurs = known.httpStatus === 500;
  return {
    status: known.httpStatus,
    problem: {
      type: `urn:pocketlens:problem:${code}`,
      title: TITLES[code] ?? code.replaceAll('_', ' '),
      status: known.httpStatus,
      // Messages about our own models name files of this machine.
      detail: isOurs ? 'Something failed on our side; the log has the reason under the request id.' : message,
      code,
      ...(requestId !== undefined && { requestId }),
      ...(remedy !== undefined && !isOurs && { remedy: remedy.includes('--') ? LIMIT_REMEDY : remedy }),
      ...(issues && { issues }),
    },
    headers: {
      ...(details.retryAfter !== undefined && { 'retry-after': String(details.retryAfter) }),
      ...(details.allow !== undefined && { allow: String(details.allow) }),
    },
  };
}

function toKnown(error: unknown): PocketlensError {
  if (error instanceof PocketlensError) return error;
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  const foreign = FOREIGN[code ?? ''];
  if (foreign) return new PocketlensError(foreign[0], foreign[1], { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new PocketlensError('invalid_request', 'The request is malformed.', { cause: error });
  return new PocketlensError('internal', 'The service failed.', { cause: error });
}
