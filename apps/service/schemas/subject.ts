/** The JSON answer of the saliency and crop routes: apps/saliency/render/json.ts writes it. */
import { z } from 'zod';

const pixels = z.int().min(0);
const share = z.number().min(0).max(1);
const milliseconds = z.number().min(0);

const box = z.object({ x: pixels, y: pixels, width: pixels, height: pixels });

export const subjectSchema = z
  .object({
    width: pixels.describe('Of the upright image, in pixels; so are all boxes.'),
    height: pixels,
    model: z.string(),
    refine: z.string(),
    threshold: share,
    subject: box.nullable().describe('Around all parts that matter; null where nothing stands out.'),
    boxes: z
      .array(box.extend({ area: pixels, share }))
      .describe('Connected parts of the mask, the most salient first.'),
    crop: z.object({ box, keepsSubject: z.boolean() }).optional(),
    stats: z.object({ coverage: share, confidence: share, mean: share, peak: share }),
    timings: z.object({
      decode: milliseconds.optional(),
      infer: milliseconds,
      refine: milliseconds,
      resize: milliseconds,
      measure: milliseconds,
    }),
  })
  .meta({ id: 'Subject' });
