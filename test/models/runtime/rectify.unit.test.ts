import { describe, expect, it } from 'vitest';
import type { Quad } from '../../../models/base/image.js';
import { cropQuad } from '../../../models/runtime/rectify.js';
import { rotate90 } from '../../../models/runtime/resample.js';
import { noise, plane } from './gray-images.js';

describe('cropQuad', () => {
  const rectangle = (x: number, y: number, w: number, h: number): Quad => [
    [x, y],
    [x + w, y],
    [x + w, y + h],
    [x, y + h],
  ];

  it('cuts an upright box out exactly', () => {
    const source = noise(9, 7);
    const crop = cropQuad(source, rectangle(2, 1, 4, 3));
    expect([crop.width, crop.height]).toEqual([4, 3]);
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 4; x++) expect(crop.data[y * 4 + x]).toBe(source.data[(y + 1) * 9 + x + 2]);
    }
  });

  it('turns text that lies on its side or its head upright', () => {
    const source = noise(12, 8);
    const [a, b, c, d] = rectangle(0, 0, 12, 8);
    expect(cropQuad(source, [c, d, a, b])).toEqual(rotate90(source, 2));
    expect(cropQuad(source, [d, a, b, c])).toEqual(rotate90(source, 1));
    expect(cropQuad(source, [b, c, d, a])).toEqual(rotate90(source, 3));
  });

  it('keeps the proportions at a given height', () => {
    const crop = cropQuad(noise(300, 100), rectangle(10, 10, 240, 64), 32);
    expect([crop.width, crop.height]).toEqual([120, 32]);
  });

  it('rectifies a rotated box: a plane stays the plane that the rotation makes of it', () => {
    const source = plane(200, 150, 0.5, 0.8, 10);
    const [sin, cos] = [Math.sin(0.3), Math.cos(0.3)];
    const corner = (u: number, v: number) => [50 + u * cos - v * sin, 30 + u * sin + v * cos] as const;
    const crop = cropQuad(source, [corner(0, 0), corner(90, 0), corner(90, 30), corner(0, 30)], 15);
    expect([crop.width, crop.height]).toEqual([45, 15]);
    crop.data.forEach((value, i) => {
      const [x, y] = corner(((i % 45) + 0.5) * 2, (Math.floor(i / 45) + 0.5) * 2);
      expect(Math.abs(value - (0.5 * x + 0.8 * y + 10))).toBeLessThanOrEqual(1.1);
    });
  });

  it('gives the same near the border, where it must look twice, as inside', () => {
    // The same picture, once with its own border repeated around it: then the quad lies well inside.
    const source = noise(80, 60);
    const room = 6;
    const wide = noise(80 + 2 * room, 60 + 2 * room);
    for (let y = 0; y < wide.height; y++) {
      for (let x = 0; x < wide.width; x++) {
        const [u, v] = [Math.min(79, Math.max(0, x - room)), Math.min(59, Math.max(0, y - room))];
        wide.data[y * wide.width + x] = source.data[v * 80 + u]!;
      }
    }
    const quad: Quad = [
      [4, 0.25],
      [78.5, 9],
      [75.75, 44],
      [1.25, 35.25],
    ];
    const moved = quad.map(([x, y]) => [x + room, y + room]) as unknown as Quad;
    for (const height of [12, 36, 50])
      expect(cropQuad(wide, moved, height)).toEqual(cropQuad(source, quad, height));
  });

  it('follows a perspective: equal parts of the plane come out equally wide', () => {
    // A board of 8 × 2 fields, drawn through a projection, must come back as a board.
    const quad: Quad = [
      [20, 30],
      [180, 10],
      [170, 90],
      [30, 70],
    ];
    const board = (u: number, v: number) => ((Math.floor(u * 8) + Math.floor(v * 2)) % 2 === 0 ? 40 : 220);
    const data = new Uint8Array(200 * 100).fill(128);
    // The inverse of the projection, found by bisection-free search over a fine grid of the unit square.
    const [p0, p1, p2, p3] = quad;
    const [sx, sy] = [p0[0] - p1[0] + p2[0] - p3[0], p0[1] - p1[1] + p2[1] - p3[1]];
    const [dx1, dx2, dy1, dy2] = [p1[0] - p2[0], p3[0] - p2[0], p1[1] - p2[1], p3[1] - p2[1]];
    const det = dx1 * dy2 - dx2 * dy1;
    const [g, h] = [(sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det];
    for (let j = 0; j < 800; j++) {
      for (let i = 0; i < 1600; i++) {
        const [u, v] = [(i + 0.5) / 1600, (j + 0.5) / 800];
        const w = g * u + h * v + 1;
        const x = ((p1[0] - p0[0] + g * p1[0]) * u + (p3[0] - p0[0] + h * p3[0]) * v + p0[0]) / w;
        const y = ((p1[1] - p0[1] + g * p1[1]) * u + (p3[1] - p0[1] + h * p3[1]) * v + p0[1]) / w;
        data[Math.floor(y) * 200 + Math.floor(x)] = board(u, v);
      }
    }
    const crop = cropQuad({ width: 200, height: 100, data }, quad, 40);
    let wrong = 0;
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < 8; column++) {
        const x = Math.floor(((column + 0.5) / 8) * crop.width);
        const y = row * 20 + 10;
        if (Math.abs(crop.data[y * crop.width + x]! - board((column + 0.5) / 8, (row + 0.5) / 2)) > 30)
          wrong++;
      }
    }
    expect(wrong).toBe(0);
  });

  it('averages when it shrinks: fine stripes become grey, not moiré', () => {
    const data = Uint8Array.from({ length: 400 * 200 }, (_, i) => (i % 2 ? 255 : 0));
    const tilted: Quad = [
      [20, 20],
      [360, 26],
      [359, 146],
      [19, 140],
    ];
    const crop = cropQuad({ width: 400, height: 200, data }, tilted, 15);
    for (const value of crop.data) expect(Math.abs(value - 127.5)).toBeLessThan(16);
  });

  it('repeats the border where the quad leaves the image', () => {
    const flat = { width: 10, height: 10, data: new Uint8Array(100).fill(77) };
    const outside: Quad = [
      [-20, -15],
      [40, -10],
      [38, 30],
      [-22, 25],
    ];
    expect(new Set(cropQuad(flat, outside, 16).data)).toEqual(new Set([77]));
  });

  it('gives something for collapsed quads and refuses endless ones', () => {
    const point: Quad = [
      [3, 3],
      [3, 3],
      [3, 3],
      [3, 3],
    ];
    expect(cropQuad(noise(8, 8), point, 4).height).toBe(4);
    expect(() => cropQuad(noise(8, 8), rectangle(0, 0, Number.NaN, 2))).toThrow(/finite/);
    const flat: Quad = [
      [0, 0],
      [1e6, 0],
      [1e6, 1e-3],
      [0, 1e-3],
    ];
    expect(() => cropQuad(noise(8, 8), flat, 32)).toThrow(
      expect.objectContaining({ code: 'limit_exceeded' }),
    );
  });
});
