/** Forms, invoices, fax covers: heads, fields (`fields.ts`), tables, stamps and signatures. */
import { grid, ornament, stipple } from '../drawings.js';
import { penMarks, scribble } from '../pen.js';
import { Sheet, type TextStyle } from '../sheet.js';
import { boxes, checks, type Form, fields } from './fields.js';
import {
  type LaidOut,
  type LayoutContext,
  LOUD_FACES,
  logRange,
  pageSize,
  pickFace,
  TEXT_FACES,
} from './layout.js';
import { paragraph } from './paragraph.js';
import { table } from './table.js';

export function formPage(context: LayoutContext): LaidOut {
  const { random, writer } = context;
  const [width, height] = pageSize(random, 520, 1400, 0.12);
  const size = Math.max(6.5, height / logRange(random, 38, 88) / 1.25);
  const ink = random.range(0, 60);
  const sheet = new Sheet(width, height, random.range(238, 255));
  const face = pickFace(context, TEXT_FACES);
  const filled = pickFace(context, { typewriter: 4, mono: 3, sans: 2, serif: 1, handwriting: 1.5 });
  const body: TextStyle = { face, size, tone: ink };
  const entry: TextStyle = {
    face: filled,
    size: size * random.range(0.95, 1.35),
    tone: random.range(0, 100),
  };
  const margin = width * random.range(0.04, 0.1);
  const inner = width - 2 * margin;
  let y = height * random.range(0.03, 0.08);
  const bottom = height - margin * 0.7;

  if (random.chance(0.3)) faxLine(context, sheet, margin, inner, size * random.range(0.7, 1));
  if (random.chance(0.7)) {
    const head = { ...body, face: pickFace(context, LOUD_FACES), size: size * random.range(1.3, 3.2) };
    const align = random.pick(['left', 'center'] as const);
    y = paragraph(sheet, writer.line(head.face, random.pick(['caps', 'form'] as const), 40), head, {
      x: margin,
      y,
      width: inner,
      bottom,
      leading: 1.2,
      align,
      maxLines: 2,
    });
    if (random.chance(0.5)) {
      y = paragraph(
        sheet,
        writer.line(face, 'code', 70),
        { ...body, size: size * 0.85 },
        { x: margin, y, width: inner, bottom, leading: 1.2, align, maxLines: 1 },
      );
    }
    if (random.chance(0.3))
      sheet.rule(margin, y + 0.3 * size, margin + inner, y + 0.3 * size, random.range(0.8, 4), ink);
    y += size;
  }
  const form: Form = { context, sheet, body, entry, x: margin, width: inner, bottom };
  for (let guard = 0; guard < 30 && y + 3 * size < bottom; guard++) {
    const kind = random.weighted({
      fields: 7,
      boxes: 3,
      checks: 1.5,
      table: 1.5,
      text: 1.5,
      band: 1,
      signature: 0.7,
    });
    if (kind === 'fields') y = fields(form, y);
    else if (kind === 'boxes') y = boxes(form, y);
    else if (kind === 'checks') y = checks(form, y);
    else if (kind === 'table')
      y =
        table(
          context,
          sheet,
          { x: margin, y: y + 0.5 * size, width: inner, height: bottom - y - size },
          { ...body, size: size * random.range(0.8, 1) },
          ink,
        ) + size;
    else if (kind === 'text') {
      y =
        paragraph(
          sheet,
          writer.prose(face, random.int(40, 400)),
          { ...body, size: size * random.range(0.75, 1) },
          {
            x: margin,
            y,
            width: inner,
            bottom,
            leading: random.range(1.05, 1.4),
            align: 'left',
          },
        ) +
        0.5 * size;
    } else if (kind === 'band') {
      const ground = random.weighted({ dark: 5, grey: 3, dots: 2 });
      const dark = ground === 'dark';
      const area = { x: margin, y, width: inner, height: 1.5 * size };
      if (ground === 'dots') stipple(sheet, area, random, random.range(0.1, 0.5), ink);
      else sheet.fill(margin, y, inner, 1.5 * size, dark ? ink : random.range(170, 225));
      sheet.text(writer.line(face, 'form', 40), margin + random.range(0.4, 2) * size, y + 1.1 * size, {
        ...body,
        tone: dark ? 250 : ink,
      });
      y += 2 * size;
    } else {
      const long = inner * random.range(0.25, 0.5);
      const x = margin + random.range(0, inner - long);
      sheet.rule(x, y + 3 * size, x + long, y + 3 * size, 1, ink);
      if (random.chance(0.8))
        scribble(
          sheet,
          { x, y: y + 0.3 * size, width: long * random.range(0.5, 1), height: 3.2 * size },
          random,
          random.range(0, 90),
        );
      sheet.text(random.pick(['Signature', 'SIGNATURE', 'Authorized by', 'Date']), x, y + 4 * size, {
        ...body,
        size: size * 0.8,
      });
      y += 4.8 * size;
    }
  }
  if (random.chance(0.25)) stamp(context, sheet, size, random.range(40, 140));
  if (random.chance(0.25)) {
    const upright = random.pick([-1, 1]) * (Math.PI / 2);
    sheet.turned(width - margin * 0.4, height * random.range(0.25, 0.95), upright, () => {
      sheet.text(writer.line(face, 'number', 10), 0, 0, { ...body, size: size * random.range(0.9, 1.4) });
    });
  }
  if (random.chance(0.2)) penMarks(sheet, random, random.range(0, 120));
  if (random.chance(0.1)) ornament(sheet, margin, height - margin * 0.3, inner, size * 0.5, random, ink);
  return { sheet, captures: { scan: 5, fax: 4, clean: 2, photo: 1, typewriter: 0.7 } };
}

/** What a fax machine prints along the top edge. */
function faxLine(
  { random, writer, ...context }: LayoutContext,
  sheet: Sheet,
  x: number,
  width: number,
  size: number,
): void {
  const face = pickFace({ random, writer, ...context }, { mono: 2, sans: 2, pixel: 2 });
  const style = { face, size, tone: random.range(0, 60), tracking: random.range(0, 0.1) };
  let at = x;
  for (const kind of ['number', 'code', 'caps', 'number'] as const) {
    const text = writer.line(face, kind, 18);
    const wide = sheet.measure(text, style);
    if (at + wide > x + width) break;
    sheet.text(text, at, size * 1.6, style);
    at += wide + random.range(2, 6) * size;
  }
}

/** A rubber stamp: a frame with a word or two, askew. */
function stamp(context: LayoutContext, sheet: Sheet, size: number, tone: number): void {
  const { random, writer } = context;
  const face = pickFace(context, { sans: 3, display: 1, mono: 1 });
  const style = { face, size: size * random.range(1.2, 2.6), tone, alpha: random.range(0.6, 1) };
  const text = random.chance(0.6)
    ? random.pick(['RECEIVED', 'PAID', 'COPY', 'CONFIDENTIAL', 'APPROVED', 'DRAFT', 'FILED'])
    : writer.line(face, 'number', 12);
  const width = sheet.measure(text, style);
  sheet.turned(
    sheet.width * random.range(0.2, 0.7),
    sheet.height * random.range(0.1, 0.9),
    random.normal(0, 0.15),
    () => {
      if (random.chance(0.2))
        grid(
          sheet,
          { x: -size, y: -2 * style.size, width: width + 2 * size, height: 3 * style.size },
          random,
          tone,
        );
      sheet.text(text, 0, 0, style);
      if (random.chance(0.7))
        sheet.frame(
          -0.5 * style.size,
          -1.1 * style.size,
          width + style.size,
          1.6 * style.size,
          random.range(1, 3),
          tone,
        );
    },
  );
}
