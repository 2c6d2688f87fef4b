/** Books, papers, newspapers, letters, typescripts: running text in columns with what stands between. */
import { drawAnything, ornament, penMarks } from '../drawings.js';
import type { Face } from '../faces.js';
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
import { table } from './table.js';

type Align = 'left' | 'center' | 'right' | 'justify';

interface Flow {
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

/** Any printed document. */
export function documentPage(context: LayoutContext): LaidOut {
  const { random } = context;
  const [width, height] = pageSize(random, 480, 1500);
  // From large type to a newspaper at low resolution.
  const lines = logRange(random, 24, 105);
  const size = Math.max(6.5, height / (lines * 1.25));
  return compose(context, width, height, size, random.chance(0.04), TEXT_FACES, {
    clean: 3,
    scan: 4,
    book: 2,
    fax: 1,
    photo: 2.5,
  });
}

/** Small print close together: contracts, directories, package inserts. */
export function densePage(context: LayoutContext): LaidOut {
  const { random } = context;
  const [width, height] = pageSize(random, 420, 1300, 0.2);
  return compose(
    context,
    width,
    height,
    random.range(6.2, 12),
    false,
    { serif: 5, sans: 5 },
    { clean: 4, scan: 3, photo: 1 },
    true,
  );
}

/** Letters and reports of the typewriter. */
export function typescriptPage(context: LayoutContext): LaidOut {
  const { random } = context;
  const [width, height] = pageSize(random, 560, 1400, 0.03);
  const size = Math.max(9, width / random.range(36, 62) / 0.6 / 1.2);
  return compose(
    context,
    width,
    height,
    size,
    false,
    { typewriter: 6, mono: 1.5 },
    { typewriter: 6, scan: 2, photo: 1, fax: 1 },
  );
}

function compose(
  context: LayoutContext,
  width: number,
  height: number,
  size: number,
  dark: boolean,
  faces: Parameters<typeof pickFace>[1],
  captures: LaidOut['captures'],
  dense = false,
): LaidOut {
  const { random, writer, textures } = context;
  const ink = dark ? random.range(190, 255) : random.range(0, 70);
  const sheet = new Sheet(width, height, dark ? random.range(0, 50) : random.range(238, 255));
  const face = pickFace(context, faces);
  const monospaced = face.kind === 'typewriter' || face.kind === 'mono';
  const body: TextStyle = {
    face,
    size,
    tone: ink,
    ...(random.chance(0.06) && { tracking: random.range(0.01, 0.12) }),
  };
  const flow: Flow = {
    context,
    sheet,
    body,
    heading: random.chance(0.5) ? face : pickFace(context, LOUD_FACES),
    ink,
    leading:
      dense || random.chance(0.15)
        ? random.range(0.98, 1.15)
        : monospaced
          ? random.range(1.1, 2.2)
          : random.range(1.08, 1.65),
    align: monospaced ? 'left' : random.pick(['left', 'justify', 'justify'] as const),
    indent: random.chance(0.5) ? random.range(0.8, 3) * size : 0,
    paragraphGap: random.chance(0.5) ? random.range(0.2, 1.2) * size : 0,
  };
  const marginX = width * random.range(0.03, 0.13);
  const marginY = height * random.range(0.03, 0.1);
  const inner = width - 2 * marginX;
  let top = marginY;
  const bottom = height - marginY;

  if (random.chance(0.45)) runningHead(flow, marginX, inner, marginY);
  if (random.chance(0.4)) {
    const y = height - marginY * random.range(0.2, 0.6);
    sheet.text(
      `${random.pick(['', '', '- ', 'Page '])}${random.int(1, 400)}`,
      width / 2,
      y,
      { ...body, size: size * random.range(0.8, 1.1) },
      { align: 'center' },
    );
  }
  if (random.chance(0.3)) top = title(flow, marginX, inner, top, bottom);

  const most = monospaced ? 1 : Math.max(1, Math.min(dense ? 6 : 4, Math.floor(inner / (15 * size))));
  const columns = random.chance(0.4) ? 1 : random.int(1, most);
  const gutter = Math.max(size * 1.1, inner * 0.02) * random.range(1, 2);
  const columnWidth = (inner - gutter * (columns - 1)) / columns;
  if (columns > 1 && random.chance(0.25)) {
    for (let c = 1; c < columns; c++) {
      const x = marginX + c * (columnWidth + gutter) - gutter / 2;
      sheet.rule(x, top, x, bottom, random.range(0.5, 1.5), ink);
    }
  }
  for (let c = 0; c < columns; c++) {
    const end = random.chance(0.25) ? top + (bottom - top) * random.range(0.3, 1) : bottom;
    column(flow, marginX + c * (columnWidth + gutter), columnWidth, top, end);
  }
  if (random.chance(0.12)) penMarks(sheet, random, random.range(0, 120));
  if (random.chance(0.06) && textures) {
    // A number along the edge, as files are stamped.
    const stamp = { ...body, size: size * random.range(0.8, 1.3) };
    sheet.turned(
      width - marginX * 0.35,
      height * random.range(0.3, 0.9),
      random.pick([-1, 1]) * (Math.PI / 2),
      () => {
        sheet.text(writer.line(face, 'number', 12), 0, 0, stamp);
      },
    );
  }
  return { sheet, captures: dark ? { clean: 1 } : captures };
}

function runningHead(
  { context, sheet, body, heading, ink }: Flow,
  x: number,
  width: number,
  margin: number,
): void {
  const { random, writer } = context;
  const style = { ...body, size: body.size * random.range(0.75, 1.05) };
  const y = margin - style.size * random.range(0.6, 1);
  if (y < style.size) return;
  const caps = writer.line(heading, 'caps', Math.max(6, Math.floor((0.5 * width) / style.size)));
  sheet.text(
    caps,
    x + width / 2,
    y,
    { ...style, face: heading, tracking: random.pick([0, 0, 0.1]) },
    { align: 'center' },
  );
  if (random.chance(0.6) && sheet.measure(caps, style) < 0.7 * width) {
    const right = random.chance(0.5);
    sheet.text(String(random.int(1, 900)), right ? x + width : x, y, style, {
      align: right ? 'right' : 'left',
    });
  }
  if (random.chance(0.3))
    sheet.rule(x, y + 0.4 * style.size, x + width, y + 0.4 * style.size, random.range(0.6, 2), ink);
}

function title(flow: Flow, x: number, width: number, y: number, bottom: number): number {
  const { context, sheet, body, heading, leading } = flow;
  const { random, writer } = context;
  const style: TextStyle = {
    ...body,
    face: heading,
    size: body.size * random.range(1.4, 3.6),
    tracking: random.chance(0.15) ? random.range(0.02, 0.2) : 0,
  };
  const align = random.pick(['left', 'center', 'center'] as const);
  const text = random.chance(0.35)
    ? writer.line(heading, 'caps', 60)
    : writer.line(heading, 'sentence', random.int(8, 90));
  let top = paragraph(sheet, text, style, {
    x,
    y,
    width,
    bottom,
    leading: random.range(1.05, 1.3),
    align,
    maxLines: 3,
  });
  if (random.chance(0.6)) {
    const by = { ...body, size: body.size * random.range(0.9, 1.2) };
    top = paragraph(sheet, writer.phrase(body.face, 60), by, {
      x,
      y: top + 0.4 * body.size,
      width,
      bottom,
      leading,
      align,
      maxLines: 2,
    });
  }
  if (random.chance(0.2))
    ornament(sheet, x + width * 0.4, top + 0.5 * body.size, width * 0.2, body.size * 0.6, random, flow.ink);
  return top + body.size * random.range(0.8, 2.5);
}

/** Fills one column with blocks. */
function column(flow: Flow, x: number, width: number, top: number, bottom: number): void {
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
