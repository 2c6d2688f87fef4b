/** The one table of output formats: the choices of `--format` and the endings that `-o` understands come from here. */
import { alto } from './alto.js';
import type { Format } from './format.js';
import { hocr } from './hocr.js';
import { json, jsonl } from './json.js';
import { markdown } from './markdown.js';
import { pdf } from './pdf.js';
import { text } from './text.js';
import { tsv } from './tsv.js';

export const FORMATS = { text, json, jsonl, tsv, hocr, alto, markdown, pdf } as const satisfies Record<
  string,
  Format
>;

export type FormatName = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** The format that a file name's ending stands for. */
export function formatOfPath(path: string): FormatName | undefined {
  const lower = path.toLowerCase();
  return FORMAT_NAMES.find((name) => FORMATS[name].suffixes.some((suffix) => lower.endsWith(suffix)));
}
