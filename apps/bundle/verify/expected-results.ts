/** What a golden's `expected.json` says, one shape a task. */
import { z } from 'zod';
import { type Golden, relativePath } from '../manifest/parts.js';
import { invalid } from './bundle-files.js';

const point = z.tuple([z.number(), z.number()]);

export const EXPECTED = {
  text: z.looseObject({ text: z.string().min(1) }),
  lines: z.looseObject({
    lines: z
      .array(z.looseObject({ quad: z.tuple([point, point, point, point]), confidence: z.number() }))
      .min(1),
  }),
  /** `map`: a PNG beside the file. */
  map: z.looseObject({ map: relativePath }),
};

/** @throws invalid_model_bundle, and what `read` throws */
export async function readExpected<S extends z.ZodType>(
  { expected: path }: Golden,
  schema: S,
  read: (path: string) => Promise<Uint8Array>,
): Promise<z.output<S>> {
  const bytes = await read(path);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid(`Expected JSON in "${path}" but it does not parse.`, { path });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue!.path.map(String).join('.') || 'the whole';
  throw invalid(`Expected golden results in "${path}" but ${field}: ${issue!.message}.`, { path, field });
}
