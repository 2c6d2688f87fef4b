/** A till receipt on a table, photographed by hand: thermal print, slightly skewed, light from one side. */
import { createCanvas } from '@napi-rs/canvas';
import { Random } from '../../models/base/random.js';
import { thermalFade } from '../augment/thermal-fade.js';
import { Artwork, type Faces } from './artwork.js';
import { blur, expose, fromCanvas, type Picture, place, type Sample, tilted, toSharp } from './picture.js';

const ITEMS: readonly (readonly [string, string])[] = [
  ['Sourdough loaf', '4.20'],
  ['2 x Oat milk 1 l @ 2.15', '4.30'],
  ['Tomatoes 0.642 kg', '2.24'],
  ['Goat cheese', '3.75'],
  ['Dish brush', '2.99'],
  ['Bottle deposit', '0.25'],
];

export async function drawReceipt(faces: Faces): Promise<Sample> {
  const paper = print(faces);
  const random = new Random(11, 'receipt');
  const [width, height] = [900, 1240];
  const ground = table(width, height, random);
  const moves = [
    [6, 4],
    [-8, 0],
    [10, -6],
    [-6, 4],
  ] as const;
  place(shadow(paper), tilted([width / 2 + 14, height / 2 + 12], 640, 1130, 2.2, moves), ground);
  place(fromCanvas(paper.canvas), tilted([width / 2, height / 2], 640, 1130, 2.2, moves), ground);
  const soft = await blur(ground, 0.8);
  expose(soft, random, 4, (x, y) => 0.99 - 0.2 * x * x - 0.12 * y + 0.05 * Math.sin(5 * x + 2 * y));
  const bytes = await toSharp(soft).jpeg({ quality: 78, chromaSubsampling: '4:2:0' }).toBuffer();
  return { file: 'receipt.jpg', bytes, text: paper.lines.join('\n') };
}

/** The paper itself: 72 mm at some 8 dots a millimetre, as a thermal head prints. */
function print(faces: Faces): Artwork {
  const [width, height] = [640, 1130];
  const art = new Artwork(width, height, '#f4f2ec');
  const face = faces.face('Share Tech Mono');
  const ink = '#33313a';
  const [left, right, middle] = [44, width - 44, width / 2];
  const text = { face, size: 30, colour: ink };
  const big = { face, size: 52, colour: ink, align: 'center' } as const;
  const centred = { ...text, align: 'center' } as const;
  const end = { ...text, align: 'right' } as const;
  const rule = (y: number) => {
    for (let x = left; x < right; x += 14) art.box(x, y, 8, 2, ink);
  };
  art.write('FERNWICK GROCERS', middle, 92, { ...big, size: 54 });
  art.write('12 Mill Lane, Fernwick', middle, 140, centred);
  art.write('Tel. 0555 014 2290', middle, 178, centred);
  rule(206);
  art.row(
    [
      ['14/03/2025 17:42', left, text],
      ['Till 3', right, end],
    ],
    250,
  );
  art.row(
    [
      ['Served by: Imogen', left, text],
      ['No. 008153', right, end],
    ],
    288,
  );
  rule(314);
  let y = 362;
  for (const [name, price] of ITEMS) {
    art.row(
      [
        [name, left, text],
        [price, right, end],
      ],
      y,
    );
    y += 44;
  }
  rule(y - 18);
  y += 34;
  art.row(
    [
      ['TOTAL', left, { ...text, size: 46 }],
      ['£17.73', right, { ...end, size: 46 }],
    ],
    y,
  );
  y += 54;
  art.row(
    [
      ['of which VAT 20 %', left, text],
      ['0.50', right, end],
    ],
    y,
  );
  y += 42;
  art.row(
    [
      ['Card ****4417', left, text],
      ['17.73', right, end],
    ],
    y,
  );
  y += 42;
  art.row(
    [
      ['Auth. code', left, text],
      ['7F2K90', right, end],
    ],
    y,
  );
  rule(y + 24);
  y += 78;
  art.write('Thank you for shopping local!', middle, y, centred);
  y += 42;
  art.write('Returns within 14 days', middle, y, centred);
  y += 42;
  art.write('www.fernwick-grocers.example', middle, y, centred);
  fade(art);
  return art;
}

/** Worn printing: each strip of the paper by itself, as the head meets it. */
function fade({ canvas, context }: Artwork): void {
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const strip = 42;
  for (let top = 0, n = 0; top < canvas.height; top += strip, n++) {
    const rows = Math.min(strip, canvas.height - top);
    const data = new Uint8Array(canvas.width * rows);
    for (let i = 0; i < data.length; i++) data[i] = image.data[4 * (top * canvas.width + i)]!;
    const faded = thermalFade.apply(
      { width: canvas.width, height: rows, data },
      new Random(4, 'fade', n),
      0.35,
    );
    for (let i = 0; i < data.length; i++) {
      const at = 4 * (top * canvas.width + i);
      const change = faded.data[i]! - image.data[at]!;
      for (const channel of [0, 1, 2]) image.data[at + channel] = image.data[at + channel]! + change;
    }
  }
  context.putImageData(image, 0, 0);
}

/** Stained wood: boards, and grain along them. */
function table(width: number, height: number, random: Random): Picture {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const board = 170;
  for (let x = -60; x < width; x += board) {
    const tone = random.range(0.85, 1.1);
    context.fillStyle = `rgb(${112 * tone} ${78 * tone} ${52 * tone})`;
    context.fillRect(x, 0, board - 3, height);
    context.fillStyle = '#33231a';
    context.fillRect(x + board - 3, 0, 3, height);
    for (let i = 0; i < 46; i++) {
      context.strokeStyle = random.chance(0.5) ? '#2a180c30' : '#d8a87018';
      context.lineWidth = random.range(0.6, 3);
      const from = x + random.range(4, board - 8);
      const bend = random.range(-9, 9);
      context.beginPath();
      context.moveTo(from, 0);
      context.bezierCurveTo(from + bend, height * 0.3, from - bend, height * 0.7, from + bend / 2, height);
      context.stroke();
    }
  }
  return fromCanvas(canvas);
}

function shadow({ canvas }: Artwork): Picture {
  const dark = createCanvas(canvas.width, canvas.height);
  const context = dark.getContext('2d');
  context.fillStyle = '#2b1e15';
  context.fillRect(0, 0, dark.width, dark.height);
  return fromCanvas(dark);
}
