/** A column of running text and what stands between: headings, lists, tables, figures, quotes, contents. */
import { drawAnything } from '../drawings.js';
import type { Face } from '../faces.js';
import type { Sheet, TextStyle } from '../sheet.js';
import { fitted, type LayoutContext } from './layout.js';
import { paragraph } from './paragraph.js';
import { table } from './table.js';

type Align = 'left' | 'center' | 'right' | 'justify';

/** How the running text of one document is set. */
export interface Flow {
  readonly context: LayoutContext;
  readonly sheet: Sheet;
  readonly body: TextStyle;
  readonly heading: Face;
  readonly ink: number;
  readonly leading: number;
  readonly align: Align;
  readonly indent: number;
  readonly paragraphGap: number;
}

/** Fills one column with blocks. */
export function column(flow: Flow, x: number, width: number, top: number, bottom: number): void {
  const { context, sheet, body, heading, ink, leading, align } = flow;
  const { random, writer } = context;
  const em = body.size;
  let y = top;
  for (let guard = 0; guard < 40 && y + 2 * em < bottom; guard++) {
    const kind = random.weighted({
      text: 12,
      heading: 2.4,
      list: 1.5,
      table: 1,
      figure: 1,
      quote: 0.5,
      formula: 0.4,
      rule: 0.5,
      contents: 0.35,
    });
    const at = { x, y, width, bottom, leading, align };
    switch (kind) {
      case 'text':
        y =
          paragraph(sheet, writer.prose(body.face, random.int(60, 900)), body, {
            ...at,
            indent: flow.indent,
          }) + flow.paragraphGap;
        break;
      case 'heading': {
        y += em * random.range(0.2, 0.9);
        const style = {
          ...body,
          face: heading,
          size: em * random.range(0.95, 1.7),
          underline: random.chance(0.06),
        };
        const text = random.chance(0.4)
          ? writer.line(heading, 'caps', 40)
          : writer.line(heading, 'sentence', random.int(6, 50));
        y =
          paragraph(sheet, text, style, {
            ...at,
            y,
            align: random.chance(0.25) ? 'center' : 'left',
            maxLines: 2,
          }) +
          em * random.range(0.1, 0.7);
        break;
      }
      case 'list': {
        const hang = random.range(1.3, 2.4) * em;
        const bullet = random.int(0, 2);
        for (let n = random.int(2, 7), i = 1; i <= n && y + em < bottom; i++) {
          const item = { ...at, x: x + hang, width: width - hang, y };
          if (bullet === 0)
            sheet.fill(x + 0.4 * em, y + 0.4 * em, 0.28 * em, 0.28 * em, ink, random.pick([0, 0.14 * em]));
          const text = writer.prose(body.face, random.int(8, 110));
          const label = `${i}${random.pick(['.', ')'])} `;
          y =
            bullet === 0
              ? paragraph(sheet, text, body, { ...item, align: 'left' })
              : paragraph(sheet, label + text, body, { ...at, y, align: 'left', indent: -hang });
        }
        y += flow.paragraphGap;
        break;
      }
      case 'table':
        y =
          table(
            context,
            sheet,
            { x, y: y + 0.6 * em, width, height: bottom - y - em },
            { ...body, size: em * random.range(0.78, 1) },
            ink,
          ) + em;
        break;
      case 'figure': {
        const height = Math.min(bottom - y - 2 * em, width * random.range(0.25, 1.1));
        if (height < 4 * em) break;
        const share = random.range(0.5, 1);
        drawAnything(
          sheet,
          { x: x + (width * (1 - share)) / 2, y: y + 0.5 * em, width: width * share, height: height - em },
          random,
          ink,
          context.textures,
        );
        y += height + 0.2 * em;
        if (random.chance(0.7)) {
          y =
            paragraph(
              sheet,
              writer.prose(body.face, random.int(10, 120)),
              { ...body, size: 0.85 * em },
              { ...at, y, align: random.pick(['left', 'center'] as const), maxLines: 4 },
            ) +
            0.7 * em;
        }
        break;
      }
      case 'quote': {
        const shift = random.range(1.5, 4) * em;
        if (width < 12 * em) break;
        y =
          paragraph(
            sheet,
            writer.prose(body.face, random.int(60, 300)),
            { ...body, size: em * 0.92 },
            { ...at, y: y + 0.4 * em, x: x + shift, width: width - 2 * shift },
          ) +
          0.6 * em;
        break;
      }
      case 'formula': {
        const style = fitted(
          sheet,
          writer.line(body.face, 'number', 24),
          { ...body, size: em * random.range(1, 1.3) },
          width,
        );
        const text = writer.line(body.face, 'number', 20);
        if (sheet.measure(text, style) < width)
          sheet.text(text, x + width / 2, y + 1.2 * em, style, { align: 'center' });
        y += 2.2 * em;
        break;
      }
      case 'rule':
        sheet.rule(
          x,
          y + 0.5 * em,
          x + width * random.pick([1, 1, 0.3]),
          y + 0.5 * em,
          random.range(0.5, 2.5),
          ink,
          random.chance(0.2) ? [2, 2] : undefined,
        );
        y += em * 1.1;
        break;
      case 'contents': {
        // Entry, leaders, number: one line to the reader, as there is hardly a gap.
        for (let n = random.int(3, 12); n > 0 && y + em < bottom; n--) {
          const name = writer.phrase(body.face, Math.max(6, Math.floor(width / em)));
          const number = String(random.int(1, 500));
          const room = width - sheet.measure(`${name}  ${number}`, body);
          const dot = Math.max(sheet.measure('.', body), 0.1 * em) + sheet.measure(' ', body);
          const count = Math.floor(room / dot);
          if (body.face.font.supports('.') && count > 3 && random.chance(0.8)) {
            sheet.text(`${name} ${'. '.repeat(count - 1)}${number}`, x, y + 0.8 * em, body, {
              justify: width,
            });
          } else if (room > 2 * em) {
            sheet.text(name, x, y + 0.8 * em, body);
            sheet.text(number, x + width, y + 0.8 * em, body, { align: 'right' });
          }
          y += leading * em;
        }
        break;
      }
    }
  }
}
