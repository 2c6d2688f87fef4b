/** Word or segment labels → line labels, so that real sets can teach a line detector. */
import type { LabelledLine, LabelledWord } from '../base/image.js';
import { frameToQuad, type LineFrame, lineFrame } from './line-frame.js';

export interface MergeOptions {
  /** Greatest gap between two words of a line, in heights. */
  readonly maxGap?: number;
}

interface Run {
  frame: LineFrame;
  words: LabelledWord[];
  ignore: boolean;
}

/** Joins labels that lie on one line within a word space of each other; keeps each label as a word of its line. */
export function mergeWords(
  labels: readonly LabelledLine[],
  { maxGap = 0.9 }: MergeOptions = {},
): LabelledLine[] {
  const runs: Run[] = labels.map((label) => ({
    frame: lineFrame(label.quad),
    words: [...(label.words ?? [{ text: label.text, quad: label.quad }])],
    ignore: label.ignore ?? false,
  }));
  for (let i = 0; i < runs.length; i++) {
    for (let j = 0; j < runs.length; j++) {
      const a = runs[i]!;
      const b = runs[j]!;
      if (i === j || a.ignore !== b.ignore) continue;
      const frame = continued(a.frame, b.frame, maxGap);
      if (!frame) continue;
      runs[i] = { frame, words: [...a.words, ...b.words], ignore: a.ignore };
      runs.splice(j, 1);
      if (j < i) i--;
      j = -1;
    }
  }
  return runs.map(({ frame, words, ignore }) => ({
    text: words.map((word) => word.text).join(' '),
    quad: frameToQuad(frame),
    words,
    ...(ignore && { ignore }),
  }));
}

/** The frame around both when b goes on where a ends, else undefined. */
function continued(a: LineFrame, b: LineFrame, maxGap: number): LineFrame | undefined {
  const height = Math.max(a.height, b.height);
  if (height > 1.9 * Math.min(a.height, b.height)) return undefined;
  const long = a.length >= b.length ? a : b;
  const cos = Math.cos(long.angle);
  const sin = Math.sin(long.angle);
  const dx = b.centre[0] - a.centre[0];
  const dy = b.centre[1] - a.centre[1];
  const along = dx * cos + dy * sin;
  const across = dy * cos - dx * sin;
  const gap = along - (a.length + b.length) / 2;
  const turn = Math.abs(Math.sin(a.angle - b.angle));
  if (along <= 0 || gap > maxGap * height || gap < -0.5 * height || turn > 0.17) return undefined;
  if (Math.abs(across) > 0.3 * height) return undefined;
  const top = Math.min(-a.height / 2, across - b.height / 2);
  const bottom = Math.max(a.height / 2, across + b.height / 2);
  const u = (-a.length / 2 + along + b.length / 2) / 2;
  const v = (top + bottom) / 2;
  return {
    centre: [a.centre[0] + u * cos - v * sin, a.centre[1] + u * sin + v * cos],
    angle: long.angle,
    length: along + (a.length + b.length) / 2,
    height: bottom - top,
  };
}
