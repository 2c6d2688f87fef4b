/** What is to be filled in on a form, and what was: labelled fields, boxes, things to tick. */
import type { Sheet, TextStyle } from '../sheet.js';
import type { LayoutContext } from './layout.js';

/** Where a form's fields stand and how they are set. */
export interface Form {
  readonly context: LayoutContext;
  readonly sheet: Sheet;
  /** What is printed. */
  readonly body: TextStyle;
  /** What was filled in. */
  readonly entry: TextStyle;
  readonly x: number;
  readonly width: number;
  /** Nothing stands below. */
  readonly bottom: number;
}

/** Labels with a line or nothing behind them, some filled in, in one to three columns; returns the y below. */
export function fields(form: Form, top: number): number {
  const { context, sheet, body, x, width, bottom } = form;
  const { random, writer } = context;
  const { size } = body;
  const columns = random.int(1, Math.max(1, Math.min(3, Math.floor(width / (18 * size)))));
  const step = size * random.range(1.25, 2.8);
  const aligned = random.chance(0.5);
  const ruled = random.chance(0.7);
  const colon = random.pick([':', ':', '', ' :']);
  const part = width / columns;
  let y = top;
  for (let row = random.int(2, 8); row > 0 && y + step < bottom; row--, y += step) {
    for (let c = 0; c < columns; c++) {
      const left = x + c * part;
      const label = writer.line(body.face, 'form', 22).replace(/[:.]+$/, '') + colon;
      const baseline = y + step - 0.35 * size;
      const used = sheet.text(label, left, baseline, body);
      const from = left + Math.max(used + random.range(0.8, 2) * size, aligned ? part * 0.35 : 0);
      const to = left + part - size;
      if (to - from < 2 * size) continue;
      if (ruled)
        sheet.rule(
          from,
          baseline + 0.2 * size,
          to,
          baseline + 0.2 * size,
          random.range(0.6, 1.6),
          body.tone,
          random.chance(0.1) ? [1, 2] : undefined,
        );
      if (random.chance(0.6))
        value(form, from + random.range(0.3, 2) * size, to, baseline - random.range(-0.05, 0.2) * size);
    }
  }
  return y + random.range(0.2, 1.2) * size;
}

/** What was filled in between two places on a baseline, if it has room. */
function value({ context, sheet, entry: style }: Form, from: number, to: number, baseline: number): void {
  const { random, writer } = context;
  const chars = Math.floor((to - from) / (0.6 * style.size));
  if (chars < 2) return;
  const text = writer.line(
    style.face,
    random.pick(['number', 'word', 'sentence', 'form', 'code', 'caps'] as const),
    chars,
  );
  if (sheet.measure(text, style) <= to - from) sheet.text(text, from, baseline, style);
}

/** A grid of boxes with small labels in their corners, some filled in; returns the y below. */
export function boxes(form: Form, top: number): number {
  const { context, sheet, body, entry, x, width, bottom } = form;
  const { random, writer } = context;
  const small = { ...body, size: body.size * random.range(0.65, 0.9) };
  const height = small.size * 1.2 + entry.size * random.range(1.2, 2);
  const stroke = random.range(0.7, 2.2);
  let y = top;
  for (let row = random.int(1, 5); row > 0 && y + height < bottom; row--, y += height) {
    const columns = random.int(1, Math.max(1, Math.min(5, Math.floor(width / (9 * body.size)))));
    let left = x;
    for (let c = 0; c < columns; c++) {
      const right = c === columns - 1 ? x + width : left + (width / columns) * random.range(0.8, 1.2);
      sheet.frame(left, y, right - left, height, stroke, body.tone);
      const label = writer.line(
        body.face,
        'form',
        Math.max(3, Math.floor((right - left) / (0.62 * small.size)) - 1),
      );
      if (sheet.measure(label, small) < right - left - small.size)
        sheet.text(label, left + 0.4 * small.size, y + small.size, small);
      if (random.chance(0.65))
        value(
          form,
          left + random.range(0.4, 2) * body.size,
          right - 0.3 * body.size,
          y + height - random.range(0.2, 0.4) * entry.size,
        );
      left = right;
      if (x + width - left < 5 * body.size) break;
    }
    if (left < x + width - 1) sheet.frame(left, y, x + width - left, height, stroke, body.tone);
  }
  return y + random.range(0.3, 1.2) * body.size;
}

/** Boxes to tick, each with its caption; returns the y below. */
export function checks(form: Form, top: number): number {
  const { context, sheet, body, x, width, bottom } = form;
  const { random, writer } = context;
  const { size, tone } = body;
  const box = size * random.range(0.7, 1.1);
  let y = top;
  for (let row = random.int(1, 5); row > 0 && y + 1.6 * size < bottom; row--, y += 1.7 * size) {
    let left = x;
    while (left < x + width - 6 * size) {
      sheet.frame(left, y + 0.3 * size, box, box, random.range(0.7, 1.6), tone);
      if (random.chance(0.3)) {
        sheet.rule(left, y + 0.3 * size, left + box, y + 0.3 * size + box, 1.4, tone);
        sheet.rule(left + box, y + 0.3 * size, left, y + 0.3 * size + box, 1.4, tone);
      }
      const text = writer.line(
        body.face,
        'form',
        Math.min(24, Math.floor((x + width - left - 2 * size) / (0.62 * size))),
      );
      const at = left + box + random.range(0.4, 0.8) * size;
      if (sheet.measure(text, body) > x + width - at) break;
      left = at + sheet.text(text, at, y + 1.1 * size, body) + random.range(1.6, 4) * size;
      if (random.chance(0.4)) break;
    }
  }
  return y + 0.5 * size;
}
