/** Till receipts: narrow, centred heads, items with prices at the right. */
import { barcode, squareCode } from '../codes.js';
import { scribble } from '../pen.js';
import { Sheet, type TextStyle } from '../sheet.js';
import { type LaidOut, type LayoutContext, pickFace } from './layout.js';

export function receiptPage(context: LayoutContext): LaidOut {
  const { random, writer } = context;
  const width = Math.round(random.range(300, 820));
  const face = pickFace(context, { mono: 5, sans: 4, pixel: 1.5, typewriter: 0.6 });
  const size = width / random.range(17, 34);
  const ink = random.range(10, 110);
  const body: TextStyle = {
    face,
    size,
    tone: ink,
    ...(random.chance(0.3) && { stretch: random.range(0.8, 1.25) }),
    ...(random.chance(0.2) && { tracking: random.range(0.02, 0.15) }),
  };
  const leading = random.range(1.02, 1.5) * size;
  const items = random.int(2, 22);
  const lines = items * 1.6 + 26;
  const height = Math.round(Math.min(2500, leading * lines * random.range(0.75, 1.05)));
  // Some are scanned on a whole white page.
  const around = random.chance(0.3) ? random.range(0.3, 1.2) : 0;
  const sheet = new Sheet(
    Math.round(width * (1 + around)),
    Math.round(height * (1 + around * 0.4)),
    random.range(238, 255),
  );
  const left = (sheet.width - width) * random.range(0.1, 0.9) + width * random.range(0.02, 0.08);
  const right = left + width * random.range(0.86, 0.93);
  const middle = (left + right) / 2;
  let y = (sheet.height - height) * random.range(0, 0.8) + size * 1.5;
  const end = Math.min(sheet.height - size, y + height - 2 * size);
  const chars = Math.floor((right - left) / sheet.measure('0', body));

  const put = (text: string, x: number, align: 'left' | 'center' | 'right', style: TextStyle = body) => {
    let shown = text;
    while (shown.length > 1 && sheet.measure(shown, style) > right - left) shown = shown.slice(0, -1).trim();
    return sheet.text(shown, x, y, style, { align });
  };
  const separator = () => {
    const kind = random.int(0, 3);
    if (kind === 0) sheet.rule(left, y - 0.3 * size, right, y - 0.3 * size, random.range(0.8, 2.5), ink);
    else if (kind === 1)
      sheet.rule(left, y - 0.3 * size, right, y - 0.3 * size, random.range(1, 2.5), ink, [
        size * 0.3,
        size * 0.25,
      ]);
    else if (kind === 2) {
      sheet.rule(left, y - 0.4 * size, right, y - 0.4 * size, 1, ink);
      sheet.rule(left, y - 0.2 * size, right, y - 0.2 * size, 1, ink);
    }
    y += leading * random.range(0.7, 1.2);
  };

  const head = random.chance(0.3)
    ? pickFace(context, { display: 3, sans: 3, serif: 2, handwriting: 0.5 })
    : face;
  const align = random.chance(0.85) ? 'center' : 'left';
  const anchor = align === 'center' ? middle : left;
  const big = { ...body, face: head, size: size * random.range(1, 2.4) };
  y += big.size * 0.5;
  for (let n = random.int(1, 2); n > 0; n--) {
    put(writer.line(head, random.pick(['caps', 'scene'] as const), 22), anchor, align, big);
    y += big.size * random.range(1.05, 1.4);
  }
  for (let n = random.int(2, 6); n > 0; n--) {
    put(
      writer.line(face, random.pick(['form', 'code', 'sentence', 'number'] as const), chars),
      anchor,
      align,
    );
    y += leading;
  }
  separator();
  for (let n = random.int(1, 4); n > 0; n--) {
    put(writer.line(face, 'form', Math.floor(chars * 0.55)), left, 'left');
    if (random.chance(0.5)) put(writer.line(face, 'number', Math.floor(chars * 0.35)), right, 'right');
    y += leading;
  }
  separator();
  const perItem = random.int(1, 2);
  for (let i = 0; i < items && y < end - 6 * leading; i++) {
    put(
      writer.line(
        face,
        random.pick(['receipt', 'caps', 'caps', 'word'] as const),
        Math.floor(chars * (perItem === 1 ? 0.6 : 0.9)),
      ),
      left,
      'left',
    );
    if (perItem === 2) {
      y += leading;
      put(
        `${random.int(1, 9)} x ${random.range(0.5, 60).toFixed(2)}`,
        left + size * random.range(0.5, 4),
        'left',
      );
    }
    put(
      `${random.chance(0.1) ? '-' : ''}${random.range(0.3, 120).toFixed(2)}${random.pick(['', '', ' A', ' T', ' SR', '*'])}`,
      right,
      'right',
    );
    y += leading;
  }
  separator();
  for (let n = random.int(2, 6); n > 0 && y < end; n--) {
    const style = random.chance(0.3) ? { ...body, size: size * random.range(1.2, 1.9) } : body;
    y += style.size - size;
    put(
      random.pick([
        'TOTAL',
        'Total',
        'SUBTOTAL',
        'CASH',
        'CHANGE',
        'Tax',
        'GST 6%',
        'Rounding',
        'VISA',
        'BALANCE',
        'Total Qty:',
      ]),
      left,
      'left',
      style,
    );
    put(random.range(0.3, 900).toFixed(2), right, 'right', style);
    y += style.size * 1.2;
  }
  for (let n = random.int(1, 6); n > 0 && y < end; n--) {
    put(
      writer.line(face, random.pick(['sentence', 'caps', 'number', 'code'] as const), chars),
      anchor,
      align,
    );
    y += leading;
  }
  if (random.chance(0.35) && y + 5 * size < sheet.height) {
    const code = random.chance(0.7) ? barcode : squareCode;
    code(
      sheet,
      {
        x: middle - width * 0.25,
        y,
        width: width * 0.5,
        height: Math.min(width * 0.2, sheet.height - y - size),
      },
      random,
      ink,
    );
  }
  if (random.chance(0.2)) {
    const high = random.range(1.5, 4) * size;
    scribble(
      sheet,
      {
        x: left + width * random.range(0, 0.5),
        y: Math.max(0, sheet.height * random.range(0, 0.9) - high),
        width: width * random.range(0.2, 0.6),
        height: high,
      },
      random,
      random.range(20, 120),
    );
  }
  return { sheet, captures: { receipt: 6, photo: 4, scan: 2, clean: 0.5 } };
}
