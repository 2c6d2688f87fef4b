/** Text from a query or a form, checked against a schema: what is wrong is said in the words of the service. */
import type { z } from 'zod';
import { PocketlensError } from '../../../models/base/errors.js';

/** @throws invalid_argument for unknown, repeated or malformed options; `details.issues` names each. */
export function parseOptions<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => describe(issue, raw));
  throw new PocketlensError('invalid_argument', issues[0]!.message, {
    remedy: 'See /docs for the options of this route.',
    details: { issues },
  });
}

interface OptionIssue {
  readonly option: string;
  readonly message: string;
}

function describe(issue: z.core.$ZodIssue, raw: unknown): OptionIssue {
  if (issue.code === 'unrecognized_keys') {
    const option = clip(issue.keys[0]!);
    return { option, message: `Expected only known options but received "${option}".` };
  }
  const option = issue.path.map(String).join('.');
  const value = (raw as Record<string, unknown> | undefined)?.[option];
  if (Array.isArray(value))
    return { option, message: `Expected one value for ${option} but received ${value.length}.` };
  const received = typeof value === 'string' ? `"${clip(value)}"` : typeof value;
  return { option, message: `Expected ${wanted(issue)} for ${option} but received ${received}.` };
}

function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`;
    case 'too_small':
      return issue.origin === 'string' ? 'a text that is not empty' : `at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string' ? `at most ${issue.maximum} characters` : `at most ${issue.maximum}`;
    case 'invalid_type':
      return `a ${issue.expected}`;
    case 'invalid_union':
      return issue.message;
    default:
      return 'a valid value';
  }
}

const clip = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
