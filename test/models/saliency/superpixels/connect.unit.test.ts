import { describe, expect, it } from 'vitest';
import { connect } from '../../../../models/saliency/superpixels/connect.js';
import type { LabImage } from '../../../../models/saliency/superpixels/lab.js';

/** Rows of digits as labels; lightness is ten times the digit of the second picture. */
function setting(labels: string, light: string = labels): { lab: LabImage; labels: Int32Array } {
  const rows = labels.split(' ');
  const digits = (text: string) => [...text.replaceAll(' ', '')].map(Number);
  const size = digits(labels).length;
  return {
    lab: {
      width: rows[0]!.length,
      height: rows.length,
      l: Float32Array.from(digits(light), (v) => 10 * v),
      a: new Float32Array(size),
      b: new Float32Array(size),
    },
    labels: Int32Array.from(digits(labels)),
  };
}

function run(labels: string, light: string, least: number, most: number): string {
  const { lab, labels: found } = setting(labels, light);
  const count = connect(lab, found, least, most);
  expect(Math.max(...found) + 1).toBe(count);
  return Array.from({ length: lab.height }, (_, y) =>
    [...found.subarray(y * lab.width, (y + 1) * lab.width)].join(''),
  ).join(' ');
}

describe('connecting labels', () => {
  it('numbers parts as they are met; corners do not connect', () => {
    expect(run('771 717 177', '771 717 177', 1, 99)).toBe('001 023 433');
  });

  it('sees that arms meet further down', () => {
    expect(run('5050 5050 5550', '5050 5050 5550', 1, 99)).toBe('0102 0102 0002');
  });

  it('joins a small part to the neighbour of the nearest colour, however many parts are allowed', () => {
    expect(run('11333 12333 11333', '11333 13333 11333', 2, 99)).toBe('00111 01111 00111');
    expect(run('11333 12333 11333', '11999 12999 11999', 2, 99)).toBe('00111 00111 00111');
  });

  it('joins small parts with each other before they are too small', () => {
    expect(run('0000 1230 0000', '0000 5550 0000', 3, 99)).toBe('0000 1110 0000');
  });

  it('leaves no more than asked for, the smallest giving way', () => {
    expect(run('00011122', '00011122', 1, 2)).toBe('00011111');
    expect(run('00011122', '00011122', 1, 1)).toBe('00000000');
  });
});
