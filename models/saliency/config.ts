/** What a saliency network is built from; JSON, kept in the model's card and the graph's `meta`. */
import { z } from 'zod';

const channels = z.int().positive();

export const denseStreamSchema = z.strictObject({
  /** Stride of the backbone's last stage; 16 dilates it. */
  lastStride: z.union([z.literal(16), z.literal(32)]).default(32),
  /** Channels of the context module. */
  context: channels.default(64),
  /** Dilations of its parallel 3×3 convolutions. */
  dilations: z.array(z.int().positive()).min(1).readonly().default([1, 2, 4]),
  /** Channels of the top-down path at strides 16, 8, 4 and 2. */
  channels: z.tuple([channels, channels, channels, channels]).readonly().default([64, 64, 48, 16]),
  /** 3×3 convolutions at strides 16, 8 and 4. */
  mixes: z
    .tuple([z.int().min(1), z.int().min(1), z.int().min(1)])
    .readonly()
    .default([2, 2, 2]),
});

export type DenseStreamConfig = z.infer<typeof denseStreamSchema>;

export const segmentStreamSchema = z.strictObject({
  /** Most segments of each scale, coarse to fine. */
  counts: z.array(z.int().positive()).min(1).readonly().default([50, 120, 250]),
  /** Channels that are pooled. */
  features: channels.default(64),
  /** Units that judge the contrast. */
  hidden: channels.default(64),
  /** Channels of the attention module that fuses the streams. */
  fusion: channels.default(24),
});

export type SegmentStreamConfig = z.infer<typeof segmentStreamSchema>;

export const saliencyConfigSchema = z.strictObject({
  /** Sides of the image that the network was trained for; the image is squashed to them. Multiples of 32. */
  side: z.int().multipleOf(32).default(320),
  /** In prediction the mean over the image and its mirror image is taken. */
  mirror: z.boolean().default(false),
  dense: denseStreamSchema.prefault({}),
  /** null: the dense stream alone. */
  segment: segmentStreamSchema.nullable().default(null),
});

export type SaliencyConfig = z.infer<typeof saliencyConfigSchema>;

export const DEFAULT_SALIENCY_CONFIG: SaliencyConfig = saliencyConfigSchema.parse({});
