/**
 * The options of every route: one zod schema each, which validates the query or the form and from which the OpenAPI
 * document is made. Values arrive as text.
 */
import { z } from 'zod';
import { FORMAT_NAMES } from '../../ocr/formats/formats.js';
import { parseColour } from '../../saliency/colour.js';
import { IMAGE_FORMATS } from '../../saliency/encode.js';
import { REFINEMENTS } from '../../saliency/find-subject.js';
import { parseRatio } from '../../saliency/render/crop.js';

/** `z.coerce` takes an empty text for 0. */
const asNumber = (value: unknown) =>
  typeof value === 'string' && /^\s*\d*\.?\d+\s*$/.test(value) ? Number(value) : value;
const number = (least: number, most: number) => z.preprocess(asNumber, z.number().min(least).max(most));
const whole = (least: number, most: number) => z.preprocess(asNumber, z.int().min(least).max(most));

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** A text that one of our own parsers must understand. */
const parsed = (parse: (text: string) => unknown) =>
  z.string().refine((text) => {
    try {
      parse(text);
      return true;
    } catch {
      return false;
    }
  });

const refine = z
  .enum(REFINEMENTS)
  .default('crf')
  .describe(
    'crf: bring the edges to those of the photograph; contour-crf: along found contours too. none: the plain map, faster.',
  );

const threshold = z
  .union([z.literal('auto'), number(0.001, 1)], { error: 'auto or a number above 0 and at most 1' })
  .default('auto')
  .describe(
    'The probability that divides subject and ground, above 0 and at most 1; auto: chosen from the map.',
  );

const format = z.enum(IMAGE_FORMATS).optional().describe('Kind of picture. Goes before the Accept header.');

const maxSide = whole(16, 16384)
  .optional()
  .describe('Scale the image down to sides of at most so many pixels, and answer at that size.');

const quality = whole(1, 100)
  .optional()
  .describe('Of JPEG, WebP and AVIF with colours, 1 to 100; 90 without it, 70 in AVIF.');

const subject = { refine, threshold, format, maxSide, quality };

export const saliencyOptions = z.strictObject({
  ...subject,
  output: z
    .enum(['map', 'mask', 'heatmap', 'json'])
    .default('map')
    .describe(
      'map: the probability as 8-bit grey. mask: black or white. heatmap: colours over the photograph. json: boxes and figures.',
    ),
  depth: z
    .enum(['u8', 'float32'])
    .default('u8')
    .describe(
      'Of application/octet-stream: one number a pixel, row by row; 0 to 255, or little-endian float32 in [0, 1].',
    ),
});

export const cutoutOptions = z.strictObject({
  ...subject,
  background: parsed(parseColour)
    .optional()
    .describe('Colour under the subject as #rrggbb or #rrggbbaa; transparent without it (white in JPEG).'),
});

export const cropOptions = z.strictObject({
  ...subject,
  ratio: parsed(parseRatio)
    .optional()
    .describe('Width to height, such as 16:9 or 1; without it the box of the subject.'),
  margin: number(0, 2).default(0.05).describe('Space around the subject as a share of its longer side.'),
});

export const ocrOptions = z.strictObject({
  format: z.enum(FORMAT_NAMES).optional().describe('Kind of text. Goes before the Accept header.'),
  mode: z
    .enum(['page', 'block', 'line', 'word'])
    .default('page')
    .describe('page: find text anywhere. block: one column. line, word: the image is one crop.'),
  decoder: z
    .enum(['greedy', 'beam'])
    .optional()
    .describe('greedy: fast. beam: weighs several readings. Without it: beam where a line is unsure.'),
  spelling: flag
    .default(true)
    .describe(
      'Whether unsure words are read as words are likely to be spelled (true or false); false for codes.',
    ),
  minConfidence: number(0, 1).optional().describe('Leave out words read with less.'),
  allowlist: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('Read no other characters than these; one at least must be known to the model.'),
  characters: flag
    .default(false)
    .describe("json, jsonl, hocr and alto: each character's place and confidence too (true or false)."),
});
