/** What all models of a manifest have in common. */
import { z } from 'zod';

export const count = z.int().min(0);
export const share = z.number().min(0).max(1);
export const text = z.string().trim().min(1);
export const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens');
export const version = z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/, 'a semantic version');

/** Below the bundle's folder, with forward slashes; never out of it. */
export const relativePath = z
  .string()
  .max(200)
  .regex(/^(?!.*(^|\/)\.\.?(\/|$))[\w.-]+(\/[\w.-]+)*$/, 'a relative path below the folder');

export const fileSchema = z.strictObject({
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
});

export const FORMATS = ['onnx', 'ort', 'tflite', 'tfjs'] as const;
export const PRECISIONS = ['int8', 'float16', 'float32'] as const;

const tensorSchema = z.strictObject({
  /** What the tensor is to the model; the same in every variant. */
  role: name,
  /** What the runtime calls it. */
  name: text,
  dtype: z.enum(['float32', 'float16', 'int8', 'uint8', 'int32', 'int64']),
  /** null where any size will do. */
  shape: z.array(count.nullable()),
  /** Letters of the axes: N batch, C channels, H height, W width, T time, S segments, P cells of a grid. */
  layout: z.string().regex(/^[NCHWTSP]+$/),
  meaning: text,
  /** What the numbers of an output have gone through. */
  activation: z.enum(['none', 'sigmoid', 'softmax']).optional(),
  /** Least and largest value that is to be expected; null where there is no bound. */
  range: z.tuple([z.number().nullable(), z.number().nullable()]).optional(),
});
export type TensorSpec = z.infer<typeof tensorSchema>;

const variantSchema = z.strictObject({
  format: z.enum(FORMATS),
  precision: z.enum(PRECISIONS),
  /** What to open first, then whatever it names (shards of TensorFlow.js). */
  files: z.array(relativePath).min(1),
  inputs: z.array(tensorSchema).min(1),
  outputs: z.array(tensorSchema).min(1),
  /** Operators that the runtime must have, sorted. Left out of formats whose converter or writer chooses them (ort, tflite). */
  operators: z.array(text).optional(),
});
export type Variant = z.infer<typeof variantSchema>;

const metricsSchema = z.record(text, z.record(text, z.number()));

const goldenTensorSchema = z.strictObject({
  /** Raw little-endian numbers, row-major, in the layout of the onnx variants: images NCHW. */
  path: relativePath,
  dtype: z.enum(['uint8', 'uint16', 'float32']),
  shape: z.array(count),
  /** A number is what is stored, times `scale`, plus `offset`. */
  scale: z.number().positive(),
  offset: z.number(),
});
export type GoldenTensor = z.infer<typeof goldenTensorSchema>;

/** Role → tensor; one at least, else nothing would be compared. */
const goldenTensorsSchema = z
  .record(name, goldenTensorSchema)
  .refine((tensors) => Object.keys(tensors).length > 0, 'needs at least one tensor')
  // JSON Schema has no refinements.
  .meta({ minProperties: 1 });

const goldenSchema = z.strictObject({
  name,
  /** A PNG to start from. */
  picture: relativePath,
  /** What pre-processing makes of the picture. */
  inputs: goldenTensorsSchema,
  /** What the float32 graph gives for them. */
  outputs: goldenTensorsSchema,
  /** JSON: what the whole way gives for the picture: `text`, or `lines` (`quad`, `confidence`), or `threshold` and `map` (a PNG). */
  expected: relativePath,
  /** Precision → how far a runtime's outputs may be from these: mean absolute difference over the largest absolute value. */
  tolerance: z.partialRecord(z.enum(PRECISIONS), z.number().positive()),
});
export type Golden = z.infer<typeof goldenSchema>;

export const latencySchema = z.strictObject({
  format: z.enum(FORMATS),
  precision: z.enum(PRECISIONS),
  /** E.g. "onnxruntime-node 1.30.0". */
  runtime: text,
  processor: text,
  /** A workstation says little about a phone; it says which variant is faster. */
  device: z.enum(['workstation', 'phone', 'browser']),
  threads: count,
  runs: count,
  /** Of the first input, as the variant has it. */
  shape: z.array(count),
  medianMs: z.number().min(0),
  minimumMs: z.number().min(0),
});

/** Fields of every model, whatever its task. */
export const modelFields = {
  name,
  version,
  summary: text,
  limitations: z.array(text),
  variants: z.array(variantSchema).min(1),
  /** Precision → named set → metric → value; shares in [0, 1]. Empty where nobody measured. */
  metrics: z.partialRecord(z.enum(PRECISIONS), metricsSchema),
  latency: z.array(latencySchema),
  /** Microjoules a run for an input of `shape` (images NCHW), by an explicit model of arithmetic and memory; see `model`. */
  energy: z.partialRecord(
    z.enum(PRECISIONS),
    z.strictObject({
      model: text,
      shape: z.array(count),
      microjoules: z.number().min(0),
      arithmetic: z.number().min(0),
      weights: z.number().min(0),
      activations: z.number().min(0),
    }),
  ),
  size: z.strictObject({ parameters: count, macs: count.optional(), macsAt: z.array(count).optional() }),
  goldens: z.array(goldenSchema).min(1),
  /** The model's card: config, training, data, metrics in full. */
  card: relativePath,
  licence: text,
  thirdParty: z.array(z.strictObject({ name: text, licence: text, source: z.string().optional() })),
  provenance: z.looseObject({
    /** Hash of the float weights that every variant was made of. */
    weights: z.string(),
    /** Precision → passes that made the graph of that precision, in order. */
    compression: z.partialRecord(z.enum(PRECISIONS), z.array(z.looseObject({ pass: text }))),
    training: z.looseObject({ seed: z.int(), steps: count, data: z.array(text) }),
  }),
};
