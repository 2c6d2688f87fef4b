/** An enamel sign on a brick wall, seen from the side in the afternoon. */
import { createCanvas } from '@napi-rs/canvas';
import { Random } from '../../models/base/random.js';
import { Artwork, type Faces } from './artwork.js';
import { blur, expose, fromCanvas, type Picture, place, type Sample, toSharp } from './picture.js';

export async function drawSign(faces: Faces): Promise<Sample> {
  const random = new Random(37, 'sign');
  const [width, height] = [1000, 720];
  const board = letter(faces);
  const ground = bricks(width, height, random);
  const quad = [
    [176, 116],
    [846, 178],
    [834, 560],
    [168, 604],
  ] as const;
  const lower = quad.map(([x, y]) => [x + 9, y + 13] as const);
  const dark = new Artwork(40, 40, '#2c1d19');
  place(fromCanvas(dark.canvas), [lower[0]!, lower[1]!, lower[2]!, lower[3]!], ground);
  place(fromCanvas(board.canvas), quad, ground);
  const soft = await blur(ground, 0.9);
  expose(
    soft,
    random,
    5,
    (x, y) => 1.06 - 0.28 * x - 0.16 * y + 0.1 * Math.exp(-((x - 0.3) ** 2 + (y - 0.3) ** 2) * 18),
  );
  const bytes = await toSharp(soft).jpeg({ quality: 80 }).toBuffer();
  return { file: 'sign.jpg', bytes, text: board.lines.join('\n') };
}

function letter(faces: Faces): Artwork {
  const [width, height] = [760, 470];
  const art = new Artwork(width, height, '#17483a');
  art.context.strokeStyle = '#efe6c8';
  art.context.lineWidth = 6;
  art.context.strokeRect(20, 20, width - 40, height - 40);
  const cream = '#f3ead0';
  const style = { colour: cream, align: 'center' } as const;
  art.write('HARBOUR BAKERY', width / 2, 140, {
    ...style,
    face: faces.face('Barlow Condensed', 700),
    size: 104,
  });
  art.box(190, 176, width - 380, 4, '#c9a24a');
  art.write('Fresh bread daily', width / 2, 252, { ...style, face: faces.face('Lora', 400, true), size: 60 });
  const sans = faces.face('Barlow');
  art.write('OPEN 7 AM TO 6 PM', width / 2, 336, { ...style, face: sans, size: 48, spacing: 3 });
  art.write('Closed on Mondays', width / 2, 400, { ...style, face: sans, size: 36 });
  // Screws.
  for (const [x, y] of [
    [44, 44],
    [width - 44, 44],
    [44, height - 44],
    [width - 44, height - 44],
  ] as const) {
    art.context.beginPath();
    art.context.arc(x, y, 7, 0, 2 * Math.PI);
    art.context.fillStyle = '#a9a58f';
    art.context.fill();
  }
  return art;
}

function bricks(width: number, height: number, random: Random): Picture {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#a79c90';
  context.fillRect(0, 0, width, height);
  for (let row = 0, y = -10; y < height; row++, y += 46)
    for (let x = row % 2 ? -60 : 0; x < width; x += 122) {
      const tone = random.range(0.8, 1.15);
      context.fillStyle = `rgb(${158 * tone} ${84 * tone} ${64 * tone})`;
      context.fillRect(x + random.range(0, 3), y + random.range(0, 3), 115, 39);
      for (let i = 0; i < 60; i++) {
        context.fillStyle = random.chance(0.5) ? '#00000018' : '#ffffff14';
        context.fillRect(
          x + random.range(0, 110),
          y + random.range(0, 36),
          random.range(1, 6),
          random.range(1, 4),
        );
      }
    }
  return fromCanvas(canvas);
}
