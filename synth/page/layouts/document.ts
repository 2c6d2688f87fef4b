/** Books, papers, newspapers, letters, typescripts: heads, titles and columns of running text. */
import { ornament } from '../drawings.js';
import { penMarks } from '../pen.js';
import { Sheet, type TextStyle } from '../sheet.js';
import { column, type Flow } from './column.js';
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
