/** What a detector is built from and how pages are put before it; JSON, kept in the model's card and the graph's `meta`. */
import { z } from 'zod';

const positive = z.number().positive();
const channels = z.number().int().positive();

/** How a labelled line becomes a core in the target maps, and how a core found becomes a line again. */
export const coreSchema = z.strictObject({
  /** Share of the line's height that the core takes, centred on the line's middle. */
  thickness: positive.max(1).default(0.4),
  /** Least thickness of a core in pixels (but never more than 0.7 of the line's height). */
  minThickness: positive.default(3),
  /** What is cut from each end, as a share of the line's height (but never more than a quarter of its length). */
  endCut: z.number().min(0).max(0.5).default(0.2),
});
export type CoreShape = z.infer<typeof coreSchema>;

export const DEFAULT_CORE: CoreShape = { thickness: 0.4, minThickness: 3, endCut: 0.2 };

/** Heights of lines, in pixels of the network's input, that one pass answers for; see `targets.ts`. */
export const heightRangeSchema = z.strictObject({
  /** Lines lower than this are background: a grey texture, found on an enlarged copy if at all. */
  absentBelow: z.number().min(0).default(3),
  /** From here on lines are to be found; between the two they are ignored in training. */
  least: positive.default(5.5),
  /** Up to here lines are to be found, from here to `absentAbove` ignored, beyond it background: the reduced copy's task. */
  most: positive.default(150),
  absentAbove: positive.default(260),
});
export type HeightRange = z.infer<typeof heightRangeSchema>;

export const scalesSchema = z.strictObject({
  /** Pages with fewer pixels are enlarged towards this many, at most by `maxEnlargement`. */
  minPixels: positive.default(700_000),
  maxEnlargement: positive.default(2),
  /** Pages with more pixels are reduced to this many. */
  maxPixels: positive.default(2_200_000),
  /** Factor of the second, reduced copy, on which giant lettering is found; 0: none. */
  reduced: z.number().min(0).max(1).default(0.25),
  /** A page whose lines have a median height below this many input pixels is looked at once more, enlarged. */
  tinyHeight: z.number().min(0).default(9),
});
export type Scales = z.infer<typeof scalesSchema>;

export const detectorConfigSchema = z.strictObject({
  network: z
    .strictObject({
      /** Channels of the first layer. */
      stem: channels,
      /** 4: the first layer goes to stride 4 at once, by 8×8 pixels; left out: to stride 2, by 5×5. */
      stemStride: z.literal(4).optional(),
      /** Channels at strides 4, 8, 16 and 32. */
      channels: z.tuple([channels, channels, channels, channels]),
      /** Residual 3×3 blocks at strides 4, 8, 16 and 32. */
      blocks: z.tuple([
        z.number().int().min(0),
        z.number().int().min(0),
        z.number().int().min(0),
        z.number().int().min(0),
      ]),
      /** Channels of the top-down path at strides 4, 8 and 16 (and 32). */
      decoder: z.tuple([channels, channels, channels]),
    })
    .default({ stem: 12, channels: [24, 48, 64, 80], blocks: [1, 2, 3, 2], decoder: [24, 32, 48] }),
  core: coreSchema.default(DEFAULT_CORE),
  heights: heightRangeSchema.default({ absentBelow: 3, least: 5.5, most: 150, absentAbove: 260 }),
  scales: scalesSchema.default({
    minPixels: 700_000,
    maxEnlargement: 2,
    maxPixels: 2_200_000,
    reduced: 0.25,
    tinyHeight: 9,
  }),
});
export type DetectorConfig = z.infer<typeof detectorConfigSchema>;

export const DEFAULT_DETECTOR_CONFIG: DetectorConfig = detectorConfigSchema.parse({});
