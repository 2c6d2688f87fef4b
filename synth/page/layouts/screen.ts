/** What screens show: web pages, applications, and the small banners of the web. */
import { blobs, drawAnything, ornament, photo } from '../drawings.js';
import { Sheet, type TextStyle } from '../sheet.js';
import { fitted, type LaidOut, type LayoutContext, LOUD_FACES, logRange, pickFace } from './layout.js';
import { paragraph } from './paragraph.js';
import { table } from './table.js';

/** A web page or an application's window. */
export function screenPage(context: LayoutContext): LaidOut {
  const { random, writer, textures } = context;
  const width = Math.round(logRange(random, 480, 1600));
  const height = Math.round(width * random.range(0.5, 1.5));
  const dark = random.chance(0.3);
  const paper = dark ? random.range(0, 50) : random.range(235, 255);
  const ink = dark ? random.range(170, 255) : random.range(0, 90);
  const sheet = new Sheet(width, height, paper);
  const face = pickFace(context, { sans: 8, serif: 1.5, mono: 0.8 });
  const size = random.range(8.5, 19) * (width > 1200 ? 1.15 : 1);
  const body: TextStyle = { face, size, tone: ink };
  const heading = random.chance(0.6) ? face : pickFace(context, LOUD_FACES);
  let top = 0;

  if (random.chance(0.75)) {
    // Navigation bar.
    const bar = size * random.range(1.8, 4.5);
    const tone = random.chance(0.5) ? random.range(0, 110) : random.range(190, 255);
    const text = {
      ...body,
      tone: tone > 127 ? random.range(0, 70) : random.range(200, 255),
      size: size * random.range(0.85, 1.15),
    };
    sheet.fill(0, 0, width, bar, tone);
    let x = size * random.range(0.8, 4);
    if (random.chance(0.7))
      x +=
        sheet.text(writer.line(heading, 'word', 14), x, bar * 0.62, {
          ...text,
          face: heading,
          size: size * random.range(1, 1.8),
        }) +
        size * random.range(1.8, 5);
    for (let n = random.int(2, 9); n > 0; n--) {
      const item = writer.line(face, 'word', 14);
      const wide = sheet.measure(item, text);
      if (x + wide > width - size) break;
      sheet.text(item, x, bar * 0.62, text);
      x += wide + size * random.range(1.6, 3);
    }
    top = bar;
  }
  let left = size * random.range(0.8, 5);
  if (random.chance(0.4)) {
    const side = width * random.range(0.14, 0.26);
    if (random.chance(0.6)) sheet.fill(0, top, side, height, paper + (dark ? 18 : -random.range(6, 30)));
    let y = top + size * 1.5;
    while (y + size < height * random.range(0.5, 1)) {
      const item = writer.phrase(face, Math.max(4, Math.floor(side / (0.6 * size)) - 4));
      if (random.chance(0.4))
        sheet.frame(
          size * 0.6,
          y - 0.75 * size,
          0.8 * size,
          0.8 * size,
          1,
          ink,
          random.pick([0, 0.4 * size]),
        );
      if (sheet.measure(item, body) < side - 2.6 * size) sheet.text(item, 2.1 * size, y, body);
      y += size * random.range(1.5, 2.6);
    }
    left += side;
  }
  const right = width - size * random.range(0.8, 5);
  const inner = right - left;
  let y = top + size * random.range(0.8, 3);
  for (let guard = 0; guard < 30 && y + 2 * size < height; guard++) {
    const at = {
      x: left,
      y,
      width: inner,
      bottom: height,
      leading: random.range(1.15, 1.65),
      align: 'left' as const,
    };
    const kind = random.weighted({
      heading: 2.5,
      text: 5,
      cards: 2,
      buttons: 1.5,
      table: 1,
      hero: 0.8,
      fields: 1,
      code: 0.6,
    });
    if (kind === 'heading')
      y =
        paragraph(
          sheet,
          writer.line(heading, random.pick(['sentence', 'caps', 'scene'] as const), 60),
          { ...body, face: heading, size: size * random.range(1.2, 3.5) },
          { ...at, leading: 1.15, maxLines: 2 },
        ) +
        size * 0.6;
    else if (kind === 'text')
      y = paragraph(sheet, writer.prose(face, random.int(40, 500)), body, at) + size * random.range(0.4, 1.4);
    else if (kind === 'code') {
      const mono = { face: pickFace(context, { mono: 1 }), size: size * 0.95, tone: ink };
      sheet.fill(left, y, inner, 6 * 1.35 * size, paper + (dark ? 20 : -14), 4);
      for (let n = random.int(2, 6); n > 0 && y + size < height; n--) {
        y += 1.3 * size;
        const text = writer.line(mono.face, 'code', Math.max(4, Math.floor(inner / (0.66 * size)) - 8));
        sheet.text(text, left + size * random.int(1, 4), y, mono);
      }
      y += 2 * size;
    } else if (kind === 'table')
      y =
        table(context, sheet, { x: left, y, width: inner, height: height - y - size }, body, ink) +
        size * 1.5;
    else if (kind === 'buttons') {
      let x = left;
      for (let n = random.int(1, 5); n > 0; n--) {
        const text = writer.line(face, random.pick(['word', 'scene'] as const), 16);
        const wide = sheet.measure(text, body) + 2 * size;
        if (x + wide > right) break;
        const solid = random.chance(0.6);
        const tone = random.range(30, 150);
        if (solid) sheet.fill(x, y, wide, 2 * size, tone, random.pick([0, 3, size]));
        else sheet.frame(x, y, wide, 2 * size, 1, ink, random.pick([0, 3, size]));
        sheet.text(text, x + size, y + 1.35 * size, solid ? { ...body, tone: tone > 110 ? 10 : 250 } : body);
        x += wide + size * random.range(0.6, 2);
      }
      y += 3.2 * size;
    } else if (kind === 'cards') {
      const columns = random.int(1, Math.max(1, Math.min(4, Math.floor(inner / (14 * size)))));
      const gap = size * random.range(1.2, 2);
      const wide = (inner - gap * (columns - 1)) / columns;
      const high = wide * random.range(0.4, 0.8);
      let lowest = y;
      for (let c = 0; c < columns; c++) {
        const x = left + c * (wide + gap);
        let bottom = y;
        if (random.chance(0.8)) {
          drawAnything(sheet, { x, y, width: wide, height: high }, random, ink, textures);
          bottom += high + 0.3 * size;
        }
        bottom = paragraph(
          sheet,
          writer.phrase(face, 40),
          { ...body, size: size * 1.1 },
          { ...at, x, y: bottom, width: wide, maxLines: 2 },
        );
        if (random.chance(0.7))
          bottom = paragraph(
            sheet,
            writer.prose(face, 60),
            { ...body, size: size * 0.9, tone: ink + (paper - ink) * 0.25 },
            { ...at, x, y: bottom, width: wide, maxLines: 4 },
          );
        lowest = Math.max(lowest, bottom);
      }
      y = lowest + 1.2 * size;
    } else if (kind === 'hero') {
      const high = Math.min(height - y, inner * random.range(0.2, 0.5));
      if (high < 5 * size) break;
      banner(context, sheet, left, y, inner, high);
      y += high + size;
    } else {
      for (let n = random.int(1, 4); n > 0 && y + 4.4 * size < height; n--) {
        sheet.text(writer.line(face, 'form', 24), left, y + size, { ...body, size: size * 0.9 });
        const wide = Math.min(inner, size * random.range(10, 30));
        sheet.frame(left, y + 1.4 * size, wide, 2 * size, 1, ink + (paper - ink) * 0.5, random.pick([0, 3]));
        const text = writer.line(face, random.pick(['word', 'number', 'code'] as const), 18);
        if (sheet.measure(text, body) < wide - size)
          sheet.text(text, left + 0.5 * size, y + 2.75 * size, {
            ...body,
            tone: ink + (paper - ink) * random.range(0, 0.45),
          });
        y += 4.4 * size;
      }
      y += 0.5 * size;
    }
  }
  return { sheet, captures: { screen: 1 } };
}

/** A small picture with words of the web: an advertisement, a button, a logo. */
export function bannerPage(context: LayoutContext): LaidOut {
  const { random } = context;
  const [width, height] = random.chance(0.5)
    ? [random.int(110, 420), random.int(60, 400)]
    : [random.int(300, 900), random.int(70, 420)];
  const sheet = new Sheet(width, height, random.range(0, 255));
  banner(context, sheet, 0, 0, width, height);
  return { sheet, captures: { screen: 1 } };
}

/** Words on a picture, a gradient or a plain ground. */
function banner(
  context: LayoutContext,
  sheet: Sheet,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  const { random, writer, textures, photos } = context;
  const kind = random.weighted({ plain: 3, gradient: 2, photo: 4 });
  const low = random.chance(0.5);
  const paper = low ? random.range(0, 110) : random.range(140, 255);
  sheet.context.save();
  sheet.context.beginPath();
  sheet.context.rect(x, y, width, height);
  sheet.context.clip();
  sheet.fill(x, y, width, height, paper);
  if (kind === 'photo' && photos) {
    photo(sheet, { x, y, width, height }, random, photos);
    // A veil, so that the words can be read; many do without.
    sheet.context.globalAlpha = random.chance(0.3) ? random.range(0, 0.25) : random.range(0.2, 0.75);
    sheet.fill(x, y, width, height, paper);
    sheet.context.globalAlpha = 1;
  } else if (kind === 'gradient') {
    const gradient = sheet.context.createLinearGradient(x, y, x + width * random.next(), y + height);
    const far = Math.round(paper + random.range(-60, 60));
    gradient.addColorStop(0, `rgb(${Math.round(paper)},0,0)`);
    gradient.addColorStop(1, `rgb(${Math.max(0, Math.min(255, far))},0,0)`);
    sheet.context.fillStyle = gradient;
    sheet.context.fillRect(x, y, width, height);
  }
  // A picture at one side keeps its place free of words.
  let left = x + width * random.range(0.03, 0.1);
  let right = x + width * random.range(0.9, 0.98);
  if (random.chance(0.35)) {
    const wide = Math.min(width * 0.4, height);
    const atLeft = random.chance(0.5);
    const area = {
      x: atLeft ? x + 2 : x + width - wide,
      y: y + height * 0.1,
      width: wide - 4,
      height: height * 0.8,
    };
    if (random.chance(0.5)) drawAnything(sheet, area, random, low ? 230 : 20, textures);
    else blobs(sheet, area, random);
    if (atLeft) left = x + wide * 1.05;
    else right = x + width - wide * 1.05;
  }
  const ink = low ? random.range(Math.min(250, paper + 120), 255) : random.range(0, Math.max(5, paper - 120));
  const inner = right - left;
  const align = random.pick(['left', 'center'] as const);
  const anchor = align === 'left' ? left : left + inner / 2;
  let top = y + height * random.range(0.03, 0.2);
  for (let n = random.int(2, 9); n > 0; n--) {
    const face = pickFace(context, n > 2 ? { sans: 4, serif: 2, display: 2 } : LOUD_FACES);
    const style: TextStyle = {
      face,
      size: logRange(random, 7, Math.max(10, Math.min(height * 0.55, inner * 0.35, 90))),
      tone: ink,
      tracking: random.chance(0.15) ? random.range(0.02, 0.4) : 0,
      ...(random.chance(0.12) && {
        contour: { tone: paper > 127 ? 255 : 0, width: random.range(0.04, 0.12) },
      }),
      ...(random.chance(0.2) && {
        shadow: { tone: low ? 0 : 160, x: 0.05, y: 0.05, blur: random.range(0, 0.12) },
      }),
    };
    const text = writer.line(
      face,
      random.pick(['scene', 'caps', 'word', 'sentence', 'code'] as const),
      random.pick([8, 16, 30]),
    );
    const set = fitted(sheet, text, style, inner);
    if (set.size < 5 || top + 1.2 * set.size > y + height) continue;
    sheet.text(text, anchor, top + 0.9 * set.size, set, { align });
    top += set.size * random.range(1.15, 2);
  }
  if (random.chance(0.15)) ornament(sheet, left, top + 4, inner * 0.5, random.range(3, 12), random, ink);
  sheet.context.restore();
}
