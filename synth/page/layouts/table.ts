/** Tables: cells of words and numbers, with rules, stripes or nothing between them. */
import type { Box } from '../../../models/base/image.js';
import { stipple } from '../drawings.js';
import type { Sheet, TextStyle } from '../sheet.js';
import type { LayoutContext } from './layout.js';

/** Draws a table from the area's top, no higher than the area. Returns the y below it. */
export function table(
  context: LayoutContext,
  sheet: Sheet,
  area: Box,
  style: TextStyle,
  ink: number,
): number {
  const { random, writer } = context;
  const em = style.size;
  const columns = Math.max(2, Math.min(random.int(2, 9), Math.floor(area.width / (4.5 * em))));
  const rowHeight = em * random.range(1.12, 2.1);
  const most = Math.floor((area.height - em) / rowHeight);
  if (most < 2 || area.width < 8 * em) return area.y;
  const rows = Math.min(most, random.int(2, 28));
  const widths = Array.from({ length: columns }, (_, i) =>
    i === 0 ? random.range(1, 3.5) : random.range(0.8, 1.6),
  );
  const sum = widths.reduce((a, b) => a + b, 0);
  const edges = [area.x];
  for (const width of widths) edges.push(edges[edges.length - 1]! + (width / sum) * area.width);
  const horizontal = random.chance(0.35);
  const vertical = horizontal && random.chance(0.7);
  const header = random.chance(0.7);
  const stripes = !horizontal && random.chance(0.15);
  const stroke = random.range(0.6, 2);
  const height = rows * rowHeight;
  const numeric = edges.map((_, i) => i > 0 && random.chance(0.75));
  const align = edges.map((_, i) =>
    numeric[i] ? random.pick(['right', 'right', 'center'] as const) : 'left',
  );
  const pad = 0.65 * em;
  const darkHead = header && random.chance(0.15);
  const paper = ink > 127 ? 20 : 250;
  if (stripes) {
    for (let r = 1; r < rows; r += 2)
      sheet.fill(
        area.x,
        area.y + r * rowHeight,
        area.width,
        rowHeight,
        paper + (ink > 127 ? 22 : -random.range(8, 40)),
      );
  }
  const head = { x: area.x, y: area.y, width: area.width, height: rowHeight };
  if (header && !darkHead && random.chance(0.25))
    sheet.fill(area.x, area.y, area.width, rowHeight, paper + (ink > 127 ? 30 : -random.range(15, 60)));
  else if (header && !darkHead && random.chance(0.12))
    stipple(sheet, head, random, random.range(0.1, 0.45), ink);
  if (darkHead) sheet.fill(area.x, area.y, area.width, rowHeight, ink);
  for (let r = 0; r < rows; r++) {
    const baseline = area.y + r * rowHeight + rowHeight / 2 + 0.32 * em;
    for (let c = 0; c < columns; c++) {
      if (random.chance(r === 0 ? 0.02 : 0.08)) continue;
      const left = edges[c]! + pad;
      const right = edges[c + 1]! - pad;
      const room = right - left;
      const chars = Math.floor(room / (0.55 * em));
      if (chars < 2) continue;
      const cell = darkHead && r === 0 ? { ...style, tone: paper } : style;
      let text = '';
      if (r === 0 && header) text = writer.phrase(style.face, Math.min(chars, 16));
      else if (numeric[c]) text = writer.line(style.face, 'number', chars);
      else
        text = random.chance(0.7) ? writer.phrase(style.face, chars) : writer.line(style.face, 'word', chars);
      if (sheet.measure(text, cell) > room) {
        const words = text.split(' ');
        while (words.length > 1 && sheet.measure(words.join(' '), cell) > room) words.pop();
        text = words.join(' ');
        if (sheet.measure(text, cell) > room) continue;
      }
      const side = align[c]!;
      sheet.text(
        text,
        side === 'left' ? left : side === 'right' ? right : (left + right) / 2,
        baseline,
        cell,
        { align: side },
      );
    }
  }
  if (horizontal) {
    for (let r = 0; r <= rows; r++)
      sheet.rule(area.x, area.y + r * rowHeight, area.x + area.width, area.y + r * rowHeight, stroke, ink);
  } else if (random.chance(0.6)) {
    for (const r of header ? [0, 1, rows] : [0, rows]) {
      sheet.rule(area.x, area.y + r * rowHeight, area.x + area.width, area.y + r * rowHeight, stroke, ink);
    }
  }
  if (vertical) for (const x of edges) sheet.rule(x, area.y, x, area.y + height, stroke, ink);
  return area.y + height;
}
