/** Codes for machines, without their digits; what they say means nothing. */
import type { Box } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import type { Sheet } from './sheet.js';

/** Bars of a product code, without its digits. */
export function barcode(sheet: Sheet, area: Box, random: Random, tone: number): void {
  const unit = Math.max(0.8, area.width / random.int(60, 120));
  const upright = random.chance(0.85);
  const end = upright ? area.x + area.width : area.y + area.height;
  for (let at = upright ? area.x : area.y; at < end; ) {
    const bar = unit * random.int(1, 4);
    if (upright) sheet.fill(at, area.y, bar, area.height, tone);
    else sheet.fill(area.x, at, area.width, bar, tone);
    at += bar + unit * random.int(1, 4);
  }
}

export function squareCode(sheet: Sheet, area: Box, random: Random, tone: number): void {
  const cells = random.int(15, 41);
  const side = Math.min(area.width, area.height);
  const cell = side / cells;
  for (let i = 0; i < cells; i++) {
    for (let k = 0; k < cells; k++) {
      if (random.chance(0.48)) sheet.fill(area.x + i * cell, area.y + k * cell, cell + 0.3, cell + 0.3, tone);
    }
  }
  for (const [i, k] of [
    [0, 0],
    [cells - 7, 0],
    [0, cells - 7],
  ] as const) {
    sheet.fill(area.x + i * cell, area.y + k * cell, 7 * cell, 7 * cell, 255 - tone);
    sheet.frame(area.x + (i + 0.5) * cell, area.y + (k + 0.5) * cell, 6 * cell, 6 * cell, cell, tone);
    sheet.fill(area.x + (i + 2) * cell, area.y + (k + 2) * cell, 3 * cell, 3 * cell, tone);
  }
}
