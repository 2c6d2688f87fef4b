/** Colour pictures as three grey planes, and what a camera or a scanner does to them. */
import type { Canvas } from '@napi-rs/canvas';
import sharp from 'sharp';
import type { GrayImage, Point, Quad } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import { rectangleToQuad, warp } from '../page/capture/projection.js';

/** Red, green, blue; all of one size. */
export type Picture = readonly [GrayImage, GrayImage, GrayImage];

/** A sample: its file, and its text line by line. */
export interface Sample {
  /** Ending included, which tells how it is encoded. */
  readonly file: string;
  readonly bytes: Buffer;
  readonly text: string;
}

export function fromCanvas(canvas: Canvas): Picture {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const plane = (channel: number): GrayImage => {
    const out = new Uint8Array(width * height);
    for (let i = 0, at = channel; i < out.length; i++, at += 4) out[i] = data[at]!;
    return { width, height, data: out };
  };
  return [plane(0), plane(1), plane(2)];
}

/** Lays a picture over another one, its corners at `quad`. Changes `ground`. */
export function place(picture: Picture, quad: Quad, ground: Picture): void {
  const map = rectangleToQuad(picture[0].width, picture[0].height, quad);
  for (const i of [0, 1, 2] as const) warp(picture[i], map, ground[i]);
}

/** Multiplies by `light(x, y)`, x and y in [0, 1], and adds the sensor's noise (deviation in grey levels). */
export function expose(
  picture: Picture,
  random: Random,
  deviation: number,
  light: (x: number, y: number) => number,
): void {
  const { width, height } = picture[0];
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const gain = light(x / width, y / height);
      // Most of the noise is common to the colours.
      const shared = random.normal(0, deviation);
      for (const plane of picture) {
        const value = plane.data[at]! * gain + shared + random.normal(0, deviation * 0.4);
        plane.data[at] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
}

export function blur(picture: Picture, sigma: number): Promise<Picture> {
  return Promise.all(
    picture.map(async ({ width, height, data }) => ({
      width,
      height,
      data: new Uint8Array(
        await sharp(data, { raw: { width, height, channels: 1 } })
          .blur(sigma)
          .extractChannel(0)
          .raw()
          .toBuffer(),
      ),
    })),
  ) as Promise<unknown> as Promise<Picture>;
}

/** Interleaved, ready to be encoded. */
export function toSharp([red, green, blue]: Picture) {
  const { width, height } = red;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, at = 0; i < red.data.length; i++) {
    data[at++] = red.data[i]!;
    data[at++] = green.data[i]!;
    data[at++] = blue.data[i]!;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** A rectangle turned by `degrees` clockwise about its centre, each corner moved a little. */
export function tilted(centre: Point, width: number, height: number, degrees: number, moves: Quad): Quad {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const corner = (x: number, y: number, [dx, dy]: Point): Point => [
    centre[0] + x * cos - y * sin + dx,
    centre[1] + x * sin + y * cos + dy,
  ];
  const [w, h] = [width / 2, height / 2];
  return [corner(-w, -h, moves[0]), corner(w, -h, moves[1]), corner(w, h, moves[2]), corner(-w, h, moves[3])];
}
