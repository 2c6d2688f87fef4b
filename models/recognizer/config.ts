/** What a recognizer network is built from; JSON, kept in the model's card and in the graph's `meta`. */
import { z } from 'zod';
import { DEFAULT_CHARSET } from './charset.js';
import { DEFAULT_LINE_PREPROCESSING } from './preprocess.js';

const channels = z.number().int().positive();

export const recognizerConfigSchema = z.strictObject({
  charset: z.string().min(1).default(DEFAULT_CHARSET),
  preprocessing: z
    .strictObject({
      height: z.number().int().multipleOf(16),
      frameStep: z.number().int().positive(),
      stretch: z.number().positive(),
      trim: z.boolean(),
      maxWidth: z.number().int().positive(),
      widen: z.strictObject({ below: z.number().positive(), power: z.number().min(0).max(1) }).optional(),
    })
    .default(DEFAULT_LINE_PREPROCESSING),
  encoder: z
    .strictObject({
      /** Channels of the five stages, from the first 3×3 convolution (half size) to the frames. */
      channels: z.tuple([channels, channels, channels, channels, channels]),
      /** Residual blocks in stages 2, 3 and 4. */
      blocks: z.tuple([z.number().int().min(0), z.number().int().min(0), z.number().int().min(0)]),
    })
    .default({ channels: [24, 40, 72, 112, 192], blocks: [0, 1, 1] }),
  decoder: z
    .discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('convolutional'),
        /** Residual blocks of a 1×k convolution over time. */
        blocks: z.number().int().min(0),
        kernel: z.number().int().positive(),
        /** Frames between a block's taps, block by block; 1 where absent. */
        dilations: z.array(z.number().int().positive()).optional(),
      }),
      z.strictObject({
        type: z.literal('recurrent'),
        /** Units of each direction of each bidirectional LSTM layer. */
        hidden: z.number().int().positive(),
        layers: z.number().int().positive(),
      }),
    ])
    .default({ type: 'convolutional', blocks: 3, kernel: 7 }),
  /** Predictions a frame: narrow letters need more than one frame each, and convolving at that rate would double the cost. */
  subframes: z.number().int().min(1).max(4).default(2),
});

export type RecognizerConfig = z.infer<typeof recognizerConfigSchema>;
