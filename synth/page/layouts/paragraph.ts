/** Breaks running text into lines and draws them. */
import type { DrawOptions, Sheet, TextStyle } from '../sheet.js';

export interface ParagraphOptions {
  readonly x: number;
  /** Top of the first line's ascenders. */
  readonly y: number;
  readonly width: number;
  /** Nothing is drawn below. */
  readonly bottom: number;
  /** Baseline to baseline, in ems. */
  readonly leading: number;
  readonly align: 'left' | 'center' | 'right' | 'justify';
  /** First line's indentation (negative: hanging), in pixels. */
  readonly indent?: number;
  readonly maxLines?: number;
}

/** Returns the y below the last line drawn. */
export function paragraph(sheet: Sheet, text: string, style: TextStyle, options: ParagraphOptions): number {
  const { x, width, bottom, align, indent = 0, maxLines = Infinity } = options;
  const step = options.leading * style.size;
  const words = text.split(' ');
  const space = Math.max(sheet.measure(' ', style), 0.15 * style.size);
  let top = options.y;
  let at = 0;
  for (let line = 0; at < words.length && line < maxLines; line++) {
    if (top + style.size > bottom) break;
    const shift = line === 0 ? Math.max(0, indent) : Math.max(0, -indent);
    const room = width - shift;
    let used = 0;
    let end = at;
    while (end < words.length) {
      const next = sheet.measure(words[end]!, style);
      if (end > at && used + space + next > room) break;
      used += (end > at ? space : 0) + next;
      end++;
    }
    // A word wider than the column is left out rather than drawn across the next one.
    if (end === at + 1 && used > room * 1.02) {
      at = end;
      line--;
      if (words.length - at === 0) break;
      continue;
    }
    const baseline = top + 0.8 * style.size;
    const last = end === words.length;
    const content = words.slice(at, end).join(' ');
    // Spaces wider than about an em would make several lines of one.
    const spread = (room - used) / Math.max(1, end - at - 1);
    const draw: DrawOptions =
      align === 'justify' && !last && spread < 0.7 * style.size
        ? { justify: room }
        : { align: align === 'justify' ? 'left' : align };
    const left = align === 'center' ? x + width / 2 : align === 'right' ? x + width : x + shift;
    sheet.text(content, left, baseline, style, draw);
    top += step;
    at = end;
  }
  return top;
}
