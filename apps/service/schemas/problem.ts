/** What every failure looks like: problem details as RFC 9457 has them, with a stable code. */
import { z } from 'zod';
import { ERROR_TABLE, type ErrorCode } from '../../../models/base/errors.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** Codes of the table that a client may see. */
export const PROBLEM_CODES = Object.keys(ERROR_TABLE) as [ErrorCode, ...ErrorCode[]];

export const problemSchema = z
  .object({
    type: z.string().describe('Names the kind of problem: urn:pocketlens:problem: and the code.'),
    title: z.string().describe('The kind of problem in words; the same for every problem of the code.'),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What happened this time.'),
    code: z.enum(PROBLEM_CODES).describe('Stable: programs may test for it.'),
    requestId: z.string().optional().describe('As in X-Request-Id.'),
    remedy: z.string().optional().describe('What to do about it.'),
    issues: z
      .array(z.object({ option: z.string(), message: z.string() }))
      .optional()
      .describe('Each option that is wrong.'),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problemSchema>;
