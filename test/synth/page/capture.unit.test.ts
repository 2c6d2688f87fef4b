import { describe, expect, it } from 'vitest';
import type { LabelledLine, Quad } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';
import { type CaptureKind, capture } from '../../../synth/page/capture/capture.js';
import { digest } from './digest.js';

const KINDS: CaptureKind[] = [
  'screen',
  'clean',
  'scan',
  'fax',
  'typewriter',
  'receipt',
  'book',
  'photo',
  'scene',
];

/** White paper with one black bar where the label is. */
function barPage() {
  const width = 300;
  const height = 400;
  const data = new Uint8Array(width * height).fill(250);
  for (let y = 180; y < 220; y++) data.fill(5, y * width + 60, y * width + 240);
  const quad: Quad = [
    [60, 180],
    [240, 180],
    [240, 220],
    [60, 220],
  ];
  const label: LabelledLine = { text: 'bar', quad, words: [{ text: 'bar', quad }] };
  return { image: { width, height, data }, label };
}

const mid = (quad: Quad) =>
  [quad.reduce((s, p) => s + p[0], 0) / 4, quad.reduce((s, p) => s + p[1], 0) / 4] as const;

describe('capture', () => {
  it.each(KINDS)('keeps the label on what it labels: %s', (kind) => {
    for (let seed = 0; seed < 25; seed++) {
      const { image, label } = barPage();
      const { image: out, lines } = capture(image, [label], kind, new Random('keep', seed), 1);
      expect(out.data).toHaveLength(out.width * out.height);
      expect(lines).toHaveLength(1);
      const { quad, words } = lines[0]!;
      expect(words![0]!.quad).toEqual(quad);
      const [x, y] = mid(quad);
      // The bar's tone at the middle of the label, and along three quarters of it; paper beside it.
      const at = (s: number, t: number) => {
        const px =
          quad[0][0] * (1 - s) * (1 - t) +
          quad[1][0] * s * (1 - t) +
          quad[2][0] * s * t +
          quad[3][0] * (1 - s) * t;
        const py =
          quad[0][1] * (1 - s) * (1 - t) +
          quad[1][1] * s * (1 - t) +
          quad[2][1] * s * t +
          quad[3][1] * (1 - s) * t;
        return out.data[Math.floor(py) * out.width + Math.floor(px)]!;
      };
      const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
      const along = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
      const inside = mean(along.map((s) => at(s, 0.3)).concat(along.map((s) => at(s, 0.7))));
      const beside = mean(along.map((s) => at(s, -0.4)).concat(along.map((s) => at(s, 1.4))));
      expect(beside - inside, `${kind} ${seed} at ${x},${y}`).toBeGreaterThan(25);
    }
  });

  it('gives the same bytes for the same seed', () => {
    for (const kind of KINDS) {
      const a = barPage();
      const b = barPage();
      const first = digest(capture(a.image, [a.label], kind, new Random(kind), 1));
      expect(digest(capture(b.image, [b.label], kind, new Random(kind), 1))).toBe(first);
    }
  });

  it('leaves a screen untouched at strength 0', () => {
    const { image, label } = barPage();
    const before = image.data.slice();
    const out = capture(image, [label], 'screen', new Random('zero'), 0);
    expect(Buffer.compare(out.image.data, before)).toBe(0);
    expect(out.lines[0]!.quad).toEqual(label.quad);
  });

  it('drops labels outside the image and marks those that cannot be read', () => {
    const { image } = barPage();
    const at = (x: number, y: number): LabelledLine => ({
      text: 'x',
      quad: [
        [x, y],
        [x + 80, y],
        [x + 80, y + 30],
        [x, y + 30],
      ],
    });
    const { lines } = capture(
      image,
      [at(500, 10), at(20, 170), at(20, 20), at(-40, 172)],
      'screen',
      new Random('judge'),
      0,
    );
    // Beyond the border: gone. Across the bar's end: legible. Blank paper, and half outside: ignored.
    expect(lines.map((line) => [line.quad[0][0], line.ignore ?? false])).toEqual([
      [20, false],
      [20, true],
      [-40, true],
    ]);
  });
});
