/** Random layouts of lines that do not touch, for round trips. */
import type { LabelledLine, Quad } from '../../../models/base/image.js';
import type { Random } from '../../../models/base/random.js';
import { frameToQuad, type LineFrame } from '../../../models/detector/line-frame.js';
import { intersectionArea } from '../../../models/detector/quad-overlap.js';

/** Up to `count` lines anywhere at any angle, `low`–`high` pixels high, at least `gap` pixels apart. */
export function scatter(
  random: Random,
  size: number,
  count: number,
  low: number,
  high: number,
  gap: number,
): LabelledLine[] {
  const lines: LabelledLine[] = [];
  const grown: Quad[] = [];
  for (let attempt = 0; attempt < count * 20 && lines.length < count; attempt++) {
    const height = Math.exp(random.range(Math.log(low), Math.log(high)));
    const frame: LineFrame = {
      centre: [random.range(0, size), random.range(0, size)],
      angle: random.range(-Math.PI / 2, Math.PI / 2),
      length: Math.min(size, height * random.range(1.5, 12) + 6),
      height,
    };
    const quad = frameToQuad(frame);
    if (quad.some(([x, y]) => x < 1 || y < 1 || x > size - 1 || y > size - 1)) continue;
    const wide = frameToQuad({ ...frame, length: frame.length + gap, height: height + gap });
    if (grown.some((other) => intersectionArea(other, wide) > 0)) continue;
    grown.push(wide);
    lines.push({ text: 'x', quad });
  }
  return lines;
}

/** A paragraph of lines under each other, `gap` pixels apart, turned as a whole. */
export function paragraph(size: number, height: number, gap: number, angle: number): LabelledLine[] {
  const lines: LabelledLine[] = [];
  const count = Math.floor((0.6 * size) / (height + gap));
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  for (let i = 0; i < count; i++) {
    const v = (i - (count - 1) / 2) * (height + gap);
    lines.push({
      text: 'x',
      quad: frameToQuad({
        centre: [size / 2 - v * sin, size / 2 + v * cos],
        angle,
        length: 0.6 * size - (i % 3) * 20,
        height,
      }),
    });
  }
  return lines;
}
