/** Text in the world: signs, boards, labels and painted words on textures and photographs. */
import { blobs, drawGray, photo, sketch } from '../drawings.js';
import { Sheet, type TextStyle } from '../sheet.js';
import { type LaidOut, type LayoutContext, logRange, pickFace } from './layout.js';
import { apart, type Room, turnedBox } from './room.js';

export function scenePage(context: LayoutContext): LaidOut {
  const { random, textures, photos } = context;
  const width = Math.round(logRange(random, 400, 1500));
  const height = Math.round(width * random.pick([0.56, 0.56, 0.75, 0.75, 1, 1.33]));
  const sheet = new Sheet(width, height, random.range(20, 235));
  const whole = { x: 0, y: 0, width, height };
  if (textures && photos) {
    drawGray(sheet, (random.chance(0.75) ? photos : textures).pick(random), whole, random.chance(0.5));
    for (let n = random.int(0, 3); n > 0; n--) {
      const area = {
        x: random.range(-0.2, 0.8) * width,
        y: random.range(-0.2, 0.8) * height,
        width: random.range(0.2, 0.8) * width,
        height: random.range(0.2, 0.8) * height,
      };
      photo(sheet, area, random, random.chance(0.5) ? photos : textures);
    }
  }
  if (random.chance(0.6)) blobs(sheet, whole, random);
  // Clutter of edges: shelves, windows, wires, branches.
  for (let n = random.int(0, 14); n > 0; n--) {
    const x = random.range(0, width);
    const y = random.range(0, height);
    if (random.chance(0.6))
      sheet.rule(
        x,
        y,
        x + random.normal(0, 0.3) * width,
        y + random.normal(0, 0.3) * height,
        logRange(random, 0.7, 14),
        random.range(0, 255),
      );
    else
      sheet.fill(
        x,
        y,
        random.range(0.01, 0.2) * width,
        random.range(0.01, 0.3) * height,
        random.range(0, 255),
      );
  }
  if (random.chance(0.2))
    sketch(
      sheet,
      {
        x: random.range(0, 0.6) * width,
        y: random.range(0, 0.6) * height,
        width: 0.3 * width,
        height: 0.3 * height,
      },
      random,
      random.range(0, 255),
    );

  const placed: Room[] = [];
  for (
    let n = random.weighted({ few: 5, some: 4, many: 1 }),
      i = n === 'few' ? random.int(1, 3) : n === 'some' ? random.int(3, 8) : random.int(8, 25);
    i > 0;
    i--
  ) {
    sign(context, sheet, placed, n === 'many');
  }
  return { sheet, captures: { scene: 1 } };
}

/** One sign: a board or the bare ground, with one to five lines. */
function sign(context: LayoutContext, sheet: Sheet, placed: Room[], small: boolean): void {
  const { random, writer, textures } = context;
  const { width, height } = sheet;
  const face = pickFace(context, { sans: 6, serif: 2, display: 4, handwriting: 0.7, mono: 0.2 });
  const lines = random.weighted({ '1': 6, '2': 3, '3': 1.5, '5': 0.7 });
  const size = logRange(random, 8, small ? height / 14 : height / 2.6);
  const texts = Array.from({ length: Number(lines) }, () =>
    writer.line(
      face,
      random.pick(['scene', 'scene', 'caps', 'word', 'number', 'sentence'] as const),
      random.pick([5, 9, 14, 24]),
    ),
  );
  const plain: TextStyle = { face, size, tone: 0 };
  const widest = Math.max(...texts.map((text) => sheet.measure(text, plain)));
  const scale = Math.min(1, (0.85 * width) / widest);
  const em = size * scale;
  if (em < 6) return;
  const leading = em * random.range(1.05, 1.5);
  const wide = widest * scale;
  const high = em + leading * (texts.length - 1);
  const angle = random.chance(0.7)
    ? random.normal(0, 0.06)
    : random.chance(0.85)
      ? random.range(-0.8, 0.8)
      : random.pick([-1, 1]) * (Math.PI / 2);
  const shearX = random.chance(0.4) ? random.normal(0, 0.15) : 0;
  const shearY = random.chance(0.4) ? random.normal(0, 0.1) : 0;
  const tracking = random.chance(0.12) ? random.range(0.02, 0.25) : 0;
  const stretch = random.chance(0.2) ? random.range(0.75, 1.3) : 1;
  const board = random.chance(0.6);
  const pad = em * random.range(0.2, 1.2);
  const half = (wide * stretch * (1 + 2 * tracking)) / 2;
  // No sign covers another, and long lines need no more room than their box.
  const around = board ? pad : 0.2 * em;
  const box = turnedBox(2 * (half + around), high + 2 * around, angle, shearX, shearY);
  let x = 0;
  let y = 0;
  for (let attempt = 0; ; attempt++) {
    if (attempt === 12) return;
    x = random.range(Math.min(wide * 0.45, width / 2), Math.max(width - wide * 0.45, width / 2));
    y = random.range(Math.min(high * 0.6, height / 2), Math.max(height - high * 0.6, height / 2));
    if (placed.every((other) => apart(other, { x, y, ...box }))) break;
  }
  placed.push({ x, y, ...box });

  const ground = board ? random.range(0, 255) : localTone(sheet, x, y, Math.hypot(wide, high) / 2);
  // Readable means contrast with what is behind; signs are made so.
  const ink =
    ground > 127 ? random.range(0, Math.max(0, ground - 80)) : random.range(Math.min(255, ground + 80), 255);
  const style: TextStyle = {
    face,
    size: em,
    tone: ink,
    tracking,
    ...(random.chance(0.15) && { alpha: random.range(0.75, 1) }),
    ...(random.chance(0.2) && {
      contour: {
        tone: ink > 127 ? random.range(0, 60) : random.range(200, 255),
        width: random.range(0.03, 0.12),
      },
    }),
    ...(random.chance(0.2) && {
      shadow: {
        tone: ink > 127 ? 0 : random.range(100, 255),
        x: random.range(-0.08, 0.08),
        y: random.range(0.02, 0.1),
        blur: random.range(0, 0.1),
      },
    }),
    stretch,
  };
  sheet.turned(
    x,
    y,
    angle,
    () => {
      if (board) {
        sheet.fill(
          -half - pad,
          -high / 2 - pad,
          2 * (half + pad),
          high + 2 * pad,
          ground,
          random.chance(0.3) ? pad * 0.6 : 0,
        );
        if (textures && random.chance(0.3)) {
          sheet.context.globalAlpha = random.range(0.1, 0.35);
          drawGray(sheet, textures.pick(random), {
            x: -half - pad,
            y: -high / 2 - pad,
            width: 2 * (half + pad),
            height: high + 2 * pad,
          });
          sheet.context.globalAlpha = 1;
        }
        if (random.chance(0.4))
          sheet.frame(
            -half - pad * 0.7,
            -high / 2 - pad * 0.7,
            2 * (half + pad * 0.7),
            high + 1.4 * pad,
            random.range(1, 6),
            ink,
          );
      }
      const align = random.pick(['center', 'center', 'left'] as const);
      texts.forEach((text, i) => {
        sheet.text(text, align === 'center' ? 0 : -half, -high / 2 + 0.85 * em + i * leading, style, {
          align,
        });
      });
    },
    shearX,
    shearY,
  );
}

/** Mean tone of what has been drawn around a place. */
function localTone(sheet: Sheet, x: number, y: number, radius: number): number {
  let sum = 0;
  const side = Math.max(4, Math.min(64, Math.round(radius)));
  const left = Math.max(0, Math.min(sheet.width - side, Math.round(x - side / 2)));
  const top = Math.max(0, Math.min(sheet.height - side, Math.round(y - side / 2)));
  const { data } = sheet.context.getImageData(left, top, side, side);
  for (let i = 0; i < data.length; i += 4) sum += data[i]!;
  return sum / (data.length / 4);
}
