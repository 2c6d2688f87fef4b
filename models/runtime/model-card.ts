/**
 * `card.json`: what stands beside a model's weights and says everything that one needs to run, judge and repeat it. The
 * fields are named as in the summary of common model cards (Mitchell et al. 2019) where they overlap.
 */
import { z } from 'zod';
import { PocketlensError } from '../base/errors.js';

/** Raised when a field changes its meaning or a reader needs a new one. */
export const CARD_SCHEMA_VERSION = 1;

const count = z.int().min(0);
const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens');
const text = z.string().trim().min(1);
const json = z.record(z.string(), z.json());

/** Below the model's folder, with forward slashes; never out of it. */
const relativePath = z
  .string()
  .max(200)
  .regex(/^(?!.*(^|\/)\.\.?(\/|$))[\w.-]+(\/[\w.-]+)*$/, 'a relative path below the folder');

const fileSchema = z.strictObject({
  path: relativePath,
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
});

const valueSchema = z.strictObject({
  name: text,
  type: text,
  /** null where the size is known only at run time. */
  shape: z.array(count.nullable()),
  /** Name of each axis, e.g. ["batch", "channels", "height", "width"]. */
  axes: z.array(text),
  /** What the numbers are: "grey, about −1 … 1", "logits", "probabilities". */
  meaning: text.optional(),
});

const cardSchema = z.strictObject({
  schemaVersion: z.literal(CARD_SCHEMA_VERSION),
  name,
  task: name,
  version: z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/, 'a semantic version'),
  /** One sentence: what it does and for whom. */
  summary: text,
  /** What it is not fit for. */
  limitations: z.array(text).default([]),
  /** Role → file. "model" is what apps load, "weights" the float graph to go on training from. */
  files: z
    .record(name, fileSchema)
    .refine((files) => files.model !== undefined, 'needs a file in the role "model"'),
  format: z.strictObject({
    opset: count,
    precision: z.enum(['float32', 'float16', 'int8', 'mixed']),
    inputs: z.array(valueSchema).min(1),
    outputs: z.array(valueSchema).min(1),
  }),
  /** What the model's builder made the graph from. */
  config: json,
  /** One class a code point, class 0 first; without the CTC blank. */
  charset: z.string().min(1).optional(),
  /** From the upright image to the input. Further fields are the task's own. */
  preprocessing: z.looseObject({
    colour: z.enum(['grey', 'rgb']),
    /** Pixels of the input; null: free, but a multiple of `multipleOf`. */
    height: count.nullable(),
    width: count.nullable(),
    multipleOf: z.int().min(1).default(1),
  }),
  /** From the outputs to the result; the fields are the task's own ("ctc": blank index, sub-frames, ...). */
  postprocessing: z.looseObject({ type: text }).optional(),
  /** Named set → metric → value; shares in [0, 1], times in seconds, with the split in the set's name. */
  metrics: z.record(text, z.record(text, z.number())),
  size: z.strictObject({
    parameters: count,
    /** Multiply-accumulates for one input of `macsAt`. */
    macs: count.optional(),
    macsAt: z.array(count).optional(),
  }),
  training: z.looseObject({
    seed: z.int(),
    steps: count,
    /** Named sets, real and synthetic, that it was trained on. */
    data: z.array(text),
    /** Wall-clock minutes of all runs together. */
    minutes: z.number().min(0).optional(),
    examples: count.optional(),
  }),
  /**
   * Passes that made the deployed model of the trained one, in order, with their options. `deployedOnly`: the file
   * "weights" is from before it.
   */
  compression: z.array(z.looseObject({ pass: text, deployedOnly: z.boolean().optional() })).default([]),
  /** Where `compression` is not empty: how the deployed model was made, and the same figures of its float parent. */
  compressed: z
    .strictObject({
      recipe: text,
      /** Inputs that ranges of activations were taken of. */
      calibration: text.optional(),
      /** Nodes whose arithmetic the passes left as it was, in float. */
      leftInFloat: z.array(text).default([]),
      parent: z.strictObject({
        precision: z.literal('float32'),
        /** Of its ONNX file. */
        bytes: count,
        metrics: z.record(text, z.record(text, z.number())),
      }),
    })
    .optional(),
  /** SPDX expression. */
  licence: text,
  thirdParty: z
    .array(z.strictObject({ name: text, licence: text, source: z.string().optional() }))
    .default([]),
});

export type ModelCard = z.infer<typeof cardSchema>;
export type ModelFile = z.infer<typeof fileSchema>;

/** @param where the file's path, for the message. @throws model_corrupt, naming the first field that is wrong. */
export function parseModelCard(value: unknown, where: string): ModelCard {
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version > CARD_SCHEMA_VERSION) {
    throw new PocketlensError(
      'model_corrupt',
      `Expected a model card of version ${CARD_SCHEMA_VERSION} or lower in ${where} but received ${version}.`,
      { remedy: 'Update Pocketlens: the model is newer than it.' },
    );
  }
  const result = cardSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = issue.path.map(String).join('.') || 'the whole card';
  throw new PocketlensError(
    'model_corrupt',
    `Expected a valid model card in ${where} but ${field}: ${issue.message}.`,
    {
      remedy: 'Install the package again or write the model anew.',
      details: { path: where, issues: result.error.issues.map(({ path, message }) => ({ path, message })) },
    },
  );
}
