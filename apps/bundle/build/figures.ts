/**
 * What was measured of a model's variants: latency, metrics. Kept beside the shipped models (`models/weights/figures.json`,
 * written by `pocketlens bundle build --measure`), each figure with the hash of the file that it was measured on: figures of
 * other weights are left out.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PocketlensError } from '../../../models/base/errors.js';
import { latencySchema } from '../manifest/parts.js';

export const FIGURES_FILE = 'figures.json';

const metricsSchema = z.record(z.string(), z.record(z.string(), z.number()));

const figuresSchema = z.strictObject({
  /** Hash of a variant's first file → what was measured on it. */
  variants: z.record(
    z.string(),
    z.strictObject({
      /** Folder of the model. */
      model: z.string(),
      latency: z.array(latencySchema).default([]),
      metrics: metricsSchema.optional(),
      /** Of a saliency network that is fed zeros in place of superpixels. */
      silenced: metricsSchema.optional(),
    }),
  ),
});
export type Figures = z.infer<typeof figuresSchema>;

/** Those of a folder of models; none where nobody measured. @throws model_corrupt */
export async function readFigures(folder: string): Promise<Figures> {
  const path = join(folder, FIGURES_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return { variants: {} };
  }
  try {
    return figuresSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PocketlensError(
      'model_corrupt',
      `Expected measured figures in ${path} but could not read them.`,
      {
        remedy: 'Delete the file, or measure again with "pocketlens bundle build --measure".',
        cause,
      },
    );
  }
}
