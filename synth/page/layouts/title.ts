/** Title pages, posters, slides, cards, covers: few lines in large and very different sizes. */
import { drawAnything, ornament } from '../drawings.js';
import { Sheet, type TextStyle } from '../sheet.js';
import {
  fitted,
  type LaidOut,
  type LayoutContext,
  LOUD_FACES,
  logRange,
  pageSize,
  pickFace,
  TEXT_FACES,
} from './layout.js';
import { paragraph } from './paragraph.js';

export function titlePage(context: LayoutContext): LaidOut {
  const { random, writer, textures } = context;
  const [width, height] = pageSize(random, 320, 1400, 0.4);
  const dark = random.chance(0.25);
  const paper = dark ? random.range(0, 110) : random.range(190, 255);
  const ink = dark ? random.range(paper + 110, 255) : random.range(0, paper - 130);
  const sheet = new Sheet(width, height, paper);
  const margin = width * random.range(0.04, 0.12);
  if (random.chance(0.25))
    sheet.frame(
      margin * 0.4,
      margin * 0.4,
      width - margin * 0.8,
      height - margin * 0.8,
      random.range(1, 8),
      ink,
      random.pick([0, 0, margin * 0.3]),
    );
  const align = random.pick(['center', 'center', 'left', 'right'] as const);
  const x = align === 'center' ? width / 2 : align === 'left' ? margin : width - margin;
  const faces = [pickFace(context, LOUD_FACES), pickFace(context, TEXT_FACES)];
  let y = height * random.range(0.03, 0.2);
  for (let n = random.int(2, 9); n > 0; n--) {
    const face = random.pick(faces);
    const inner = width - 2 * margin;
    const kind = random.weighted({ line: 6, text: 1.6, bullets: 1.2, drawing: 1, rule: 0.8 });
    if (kind === 'line') {
      const most = Math.min(height / 3, height - y - margin);
      if (most < 10) break;
      const style: TextStyle = {
        face,
        size: logRange(random, 9, Math.max(12, Math.min(most, width * 0.45))),
        tone: random.chance(0.8) ? ink : ink + (paper - ink) * random.range(0, 0.45),
        tracking: random.chance(0.2) ? random.range(0.03, 0.5) : 0,
        ...(random.chance(0.08) && {
          contour: { tone: random.chance(0.5) ? 255 - ink : ink, width: random.range(0.02, 0.08) },
        }),
        ...(random.chance(0.1) && {
          shadow: { tone: (ink + paper) / 2, x: 0.04, y: 0.04, blur: random.range(0, 0.08) },
        }),
      };
      const text = writer.line(
        face,
        random.pick(['caps', 'scene', 'sentence', 'word', 'number'] as const),
        random.pick([6, 14, 30, 50]),
      );
      const set = fitted(sheet, text, style, inner);
      y += set.size * 0.95;
      if (y + 0.3 * set.size > height) break;
      if (random.chance(0.08)) {
        const wide = Math.min(sheet.measure(text, set) * 1.1, width);
        const left = align === 'center' ? x - wide / 2 : align === 'left' ? x - 0.05 * wide : x - 0.95 * wide;
        sheet.fill(left, y - 1.05 * set.size, wide, 1.5 * set.size, ink);
        sheet.text(text, x, y, { face, size: set.size, tone: paper }, { align });
      } else sheet.text(text, x, y, set, { align });
      y += set.size * random.range(0.25, 1.6);
    } else if (kind === 'text') {
      const style = {
        face,
        size: Math.max(7, Math.min(height / 30, inner / 18)) * random.range(0.6, 1.2),
        tone: ink,
      };
      y =
        paragraph(sheet, writer.prose(face, random.int(30, 300)), style, {
          x: margin,
          y,
          width: inner,
          bottom: height - margin * 0.5,
          leading: random.range(1.1, 1.6),
          align: align === 'right' ? 'left' : align,
        }) + style.size;
    } else if (kind === 'bullets') {
      const style = {
        face,
        size: Math.max(8, Math.min(height / 22, inner / 16)) * random.range(0.6, 1.1),
        tone: ink,
      };
      for (let i = random.int(2, 6); i > 0 && y + 2 * style.size < height; i--) {
        sheet.fill(
          margin,
          y + 0.3 * style.size,
          0.3 * style.size,
          0.3 * style.size,
          ink,
          random.pick([0, 0.15 * style.size]),
        );
        y =
          paragraph(sheet, writer.phrase(face, 80), style, {
            x: margin + 1.3 * style.size,
            y,
            width: inner - 1.3 * style.size,
            bottom: height - 4,
            leading: 1.2,
            align: 'left',
          }) +
          style.size * random.range(0.2, 0.9);
      }
    } else if (kind === 'drawing') {
      const high = Math.min(height - y - margin, height * random.range(0.1, 0.5));
      if (high < 30) continue;
      drawAnything(
        sheet,
        { x: margin + inner * random.range(0, 0.3), y, width: inner * random.range(0.3, 0.7), height: high },
        random,
        ink,
        textures,
      );
      y += high * 1.05;
    } else {
      if (random.chance(0.5)) sheet.rule(margin, y, width - margin, y, random.range(0.7, 5), ink);
      else ornament(sheet, width * 0.35, y, width * 0.3, random.range(4, 18), random, ink);
      y += height * random.range(0.01, 0.05);
    }
    if (y > height - margin) break;
    if (random.chance(0.25)) y += (height - y) * random.range(0, 0.4);
  }
  return { sheet, captures: { clean: 4, photo: 3, scan: 2, book: 1 } };
}
