/** What a pen leaves on a page and is no text: scribbles, signatures, ticks. */
import type { Box } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import { grey, type Sheet } from './sheet.js';

/** A pen line that runs on like writing and says nothing: loops and zigzags. */
export function scribble(sheet: Sheet, area: Box, random: Random, tone: number): void {
  const { context } = sheet;
  context.strokeStyle = grey(tone);
  context.lineWidth = random.range(0.8, Math.max(1.2, area.height * 0.07));
  context.lineCap = 'round';
  context.lineJoin = 'round';
  const signature = random.chance(0.6);
  context.beginPath();
  let x = area.x;
  const middle = area.y + area.height / 2;
  context.moveTo(x, middle);
  const step = area.height * (signature ? random.range(0.25, 0.9) : random.range(0.1, 0.4));
  while (x < area.x + area.width) {
    const next = x + step * random.range(0.2, 1.3);
    const swing = () => middle + random.normal(0, 0.28) * area.height;
    context.bezierCurveTo(
      x + step * random.range(-0.5, 1),
      swing(),
      next + step * random.range(-1, 0.4),
      swing(),
      next,
      swing(),
    );
    x = next;
  }
  context.stroke();
  if (random.chance(0.3))
    sheet.rule(
      area.x,
      middle + 0.4 * area.height,
      x,
      middle + random.range(0.2, 0.5) * area.height,
      context.lineWidth,
      tone,
    );
}

/** Ticks, circles around things, strokes in a margin. */
export function penMarks(sheet: Sheet, random: Random, tone: number): void {
  const { context, width, height } = sheet;
  for (let n = random.int(1, 4); n > 0; n--) {
    const size = random.range(0.01, 0.06) * width;
    const x = random.range(0.02, 0.95) * width;
    const y = random.range(0.02, 0.95) * height;
    context.strokeStyle = grey(tone);
    context.lineWidth = random.range(1, 3);
    context.beginPath();
    if (random.chance(0.4)) {
      context.moveTo(x, y);
      context.lineTo(x + size * 0.4, y + size * 0.5);
      context.lineTo(x + size, y - size * 0.6);
    } else if (random.chance(0.5)) {
      context.ellipse(x, y, size * random.range(1, 3), size, random.normal(0, 0.2), 0, 6.1);
    } else {
      context.moveTo(x, y);
      context.lineTo(x + random.normal(0, 1) * size, y + random.normal(0, 2) * size);
    }
    context.stroke();
  }
}
