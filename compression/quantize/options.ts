/** Options that the passes of this folder share. */
import { z } from 'zod';
import { CALIBRATORS } from './calibrators.js';

/** Of the codes: 2 to 8, or −1, 0 and 1 times a scale. */
export const bitsSchema = z.union([z.int().min(2).max(8), z.literal('ternary')]);

/** What has a scale of its own: the tensor, each output channel, each group of input channels of one. */
export const granularitySchema = z.enum(['tensor', 'channel', 'group']);
/** Input channels a group. */
export const groupSchema = z.int().min(2).max(4096);

export const weightsSchema = z
  .strictObject({
    bits: bitsSchema.default(8),
    granularity: granularitySchema.default('channel'),
    group: groupSchema.default(32),
    /** Zero points of 0. */
    symmetric: z.boolean().default(true),
    /** 'mse': shrink the range to where the squared error is least. */
    clipping: z.enum(['none', 'mse']).default('none'),
  })
  .refine(({ bits, symmetric }) => bits !== 'ternary' || symmetric, 'ternary weights are symmetric');

export const activationsSchema = z.strictObject({
  bits: z.int().min(2).max(8).default(8),
  signed: z.boolean().default(false),
  /** The zero point lies in the middle of the codes: half of them are lost behind rectifiers. */
  symmetric: z.boolean().default(false),
  calibrator: z.enum(CALIBRATORS).default('min-max'),
  /** Share of the values that the range keeps, in % ('percentile'). */
  percentile: z.number().min(50).max(100).default(99.99),
  /** Weight of the past ('moving-average'). */
  momentum: z.number().min(0).lt(1).default(0.9),
  /** Calibration inputs. */
  samples: z.int().min(1).max(100_000).default(64),
});

export type ActivationOptions = z.output<typeof activationsSchema>;

/** Which nodes stay in float. */
export const placementSchema = {
  /** Ids of nodes to leave in float; * stands for any text. */
  skip: z.array(z.string().min(1)).default([]),
  /** 'float': convolutions of an input of the graph with fewer than 8 channels stay in float. */
  stems: z.enum(['integer', 'float']).default('float'),
  /**
   * 'float': the layers that give the outputs hand out float. Products of matrices do so in any case, 1×1 convolutions
   * are computed as such; other convolutions stay in float.
   */
  heads: z.enum(['integer', 'float']).default('float'),
};
