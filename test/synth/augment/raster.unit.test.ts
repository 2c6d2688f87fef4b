import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GrayImage } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';
import { jpegRoundTrip } from '../../../synth/augment/jpeg.js';
import { levels } from '../../../synth/augment/pixels.js';
import { type DegradeProfile, degrade, rasterAugmentations } from '../../../synth/augment/raster.js';
import { resize } from '../../../synth/augment/resize.js';

const PROFILES: readonly DegradeProfile[] = [
  'clean',
  'scan',
  'fax',
  'typewriter',
  'receipt',
  'book',
  'web',
  'scene',
  'photo',
];

/** Letter-like strokes with soft edges, dark on light or the reverse. */
function strokes(width: number, height: number, paper = 240, ink = 20): GrayImage {
  const data = new Uint8Array(width * height).fill(paper);
  const random = new Random('strokes', width, height);
  const stroke = Math.max(1, Math.round(height / 12));
  const top = Math.floor(height * 0.2);
  const bottom = Math.ceil(height * 0.8);
  const set = (x: number, y: number, v: number) => {
    if (x >= 0 && y >= 0 && x < width && y < height) data[y * width + x] = v;
  };
  for (let x = 4; x < width - 4; x += Math.max(3, Math.round(height * 0.3))) {
    for (let y = top; y < bottom; y++) for (let i = 0; i < stroke; i++) set(x + i, y, ink);
    const row = random.int(top, Math.max(top, bottom - stroke));
    for (let i = 0; i < height * 0.25; i++) for (let k = 0; k < stroke; k++) set(x + i, row + k, ink);
  }
  return { width, height, data };
}

const copy = (image: GrayImage): GrayImage => ({ ...image, data: image.data.slice() });

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

/** The shift (dx, dy) within ±3 pixels at which the degraded picture correlates best with the original, to a fraction. */
function shiftOf(before: GrayImage, after: GrayImage): [number, number] {
  const { width, height } = before;
  const score = (dx: number, dy: number) => {
    let sa = 0;
    let sb = 0;
    let saa = 0;
    let sbb = 0;
    let sab = 0;
    let n = 0;
    for (let y = 3; y < height - 3; y++) {
      for (let x = 3; x < width - 3; x++) {
        const a = before.data[y * width + x]!;
        const b = after.data[(y + dy) * width + x + dx]!;
        sa += a;
        sb += b;
        saa += a * a;
        sbb += b * b;
        sab += a * b;
        n++;
      }
    }
    return (n * sab - sa * sb) / Math.sqrt((n * saa - sa * sa) * (n * sbb - sb * sb) + 1e-9);
  };
  let best: [number, number] = [0, 0];
  let most = -Infinity;
  for (let dy = -3; dy <= 3; dy++) {
    for (let dx = -3; dx <= 3; dx++) {
      const value = score(dx, dy);
      if (value > most) {
        most = value;
        best = [dx, dy];
      }
    }
  }
  return best;
}

describe.each(rasterAugmentations.map((augmentation) => [augmentation.name, augmentation] as const))(
  '%s',
  (name, augmentation) => {
    it('gives the same bytes for the same seed, others for another, and keeps the size', () => {
      const image = strokes(180, 32);
      const run = (seed: number) => augmentation.apply(copy(image), new Random(seed, name), 1);
      const first = run(1);
      // A run in between must leave no trace in the scratch buffers.
      augmentation.apply(strokes(311, 47), new Random(99), 1);
      expect(run(1).data).toEqual(first.data);
      expect([first.width, first.height, first.data.length]).toEqual([180, 32, 180 * 32]);
      const runs = new Set(
        Array.from({ length: 12 }, (_, seed) => Buffer.from(run(seed).data).toString('base64')),
      );
      expect(runs.size).toBeGreaterThan(4);
    });

    it('leaves the picture alone at strength 0 and nearly so just above', () => {
      const image = strokes(180, 32);
      for (let seed = 0; seed < 10; seed++) {
        expect(augmentation.apply(copy(image), new Random(seed, name), 0).data).toEqual(image.data);
        const slight = augmentation.apply(copy(image), new Random(seed, name), 0.01);
        expect(meanDifference(slight.data, image.data)).toBeLessThan(3);
      }
    });

    it('changes the picture visibly at strength 1', () => {
      const image = strokes(240, 36, 235, 30);
      const changes = Array.from({ length: 20 }, (_, seed) =>
        meanDifference(augmentation.apply(copy(image), new Random(seed, name), 1).data, image.data),
      );
      expect(Math.max(...changes)).toBeGreaterThan(0.5);
    });

    it('moves text by no more than a pixel', () => {
      for (const [paper, ink] of [
        [240, 20],
        [30, 220],
      ] as const) {
        const image = strokes(200, 36, paper, ink);
        for (let seed = 0; seed < 12; seed++) {
          const [dx, dy] = shiftOf(image, augmentation.apply(copy(image), new Random(seed, name), 1));
          expect(Math.abs(dx), `seed ${seed}`).toBeLessThanOrEqual(1);
          expect(Math.abs(dy), `seed ${seed}`).toBeLessThanOrEqual(1);
        }
      }
    });

    it('bears any size and content', () => {
      const sizes = fc.oneof(
        fc.constantFrom([1, 1], [1, 9], [9, 1], [2, 2], [1, 40], [300, 1], [3, 70]),
        fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 70 })),
      );
      fc.assert(
        fc.property(
          sizes,
          fc.nat(),
          fc.constantFrom(0.3, 1),
          fc.constantFrom(0, 128, 255, -1),
          ([width, height], seed, strength, fill) => {
            const random = new Random(seed);
            const data = Uint8Array.from({ length: width! * height! }, () =>
              fill < 0 ? random.int(0, 255) : fill,
            );
            const image = augmentation.apply({ width: width!, height: height!, data }, random, strength);
            expect([image.width, image.height, image.data.length]).toEqual([width, height, width! * height!]);
          },
        ),
        { numRuns: 120, seed: 1 },
      );
    });
  },
);

describe('degrade', () => {
  it.each(PROFILES)('is seeded, keeps the size and the place of the text: %s', (profile) => {
    const image = strokes(200, 34);
    let changed = 0;
    for (let seed = 0; seed < 40; seed++) {
      const run = () => degrade(copy(image), new Random(seed, profile), profile, 1);
      const first = run();
      expect(run().data).toEqual(first.data);
      expect([first.width, first.height]).toEqual([200, 34]);
      if (meanDifference(first.data, image.data) > 0.5) changed++;
      const [dx, dy] = shiftOf(image, first);
      expect(Math.max(Math.abs(dx), Math.abs(dy)), `seed ${seed}`).toBeLessThanOrEqual(1);
    }
    expect(changed).toBeGreaterThan(profile === 'clean' || profile === 'web' ? 8 : 25);
    expect(degrade(copy(image), new Random(1), profile, 0).data).toEqual(image.data);
  });

  it('bears tiny pictures', () => {
    for (const profile of PROFILES) {
      for (const [width, height] of [
        [1, 1],
        [1, 20],
        [20, 1],
        [2, 3],
        [0, 0],
      ] as const) {
        for (let seed = 0; seed < 20; seed++) {
          const data = new Uint8Array(width * height).fill(200);
          expect(degrade({ width, height, data }, new Random(seed), profile, 1).data.length).toBe(
            width * height,
          );
        }
      }
    }
  });

  it('leaves text legible in nearly every line', () => {
    // Ink and paper must still be apart where the strokes are.
    const image = strokes(240, 32);
    let lost = 0;
    const count = 60;
    for (const profile of PROFILES) {
      for (let seed = 0; seed < count; seed++) {
        const { data } = degrade(copy(image), new Random(seed, profile), profile, 1);
        let ink = 0;
        let paper = 0;
        let n = 0;
        for (let i = 0; i < data.length; i++) {
          if (image.data[i]! < 128) {
            ink += data[i]!;
            n++;
          } else {
            paper += data[i]!;
          }
        }
        if (paper / (data.length - n) - ink / n < 16) lost++;
      }
    }
    expect(lost / (count * PROFILES.length)).toBeLessThan(0.03);
  });

  it('costs well under a millisecond for a line of 32 × 300', () => {
    const image = strokes(300, 32);
    const time = () => {
      const from = process.cpuUsage();
      let n = 0;
      for (const profile of PROFILES) {
        for (let seed = 0; seed < 60; seed++, n++)
          degrade(copy(image), new Random(seed, profile), profile, 1);
      }
      const { user, system } = process.cpuUsage(from);
      return (user + system) / 1000 / n;
    };
    time();
    // 0.35 ms on an idle core; a busy one may take three times as long.
    expect(time()).toBeLessThan(1.5);
  });
});

describe('the parts', () => {
  it('JPEG at quality 100 is nearly exact, and worse the lower the quality', () => {
    const image = strokes(61, 35);
    const error = (quality: number) => {
      const { data } = copy(image);
      jpegRoundTrip(data, new Uint8ClampedArray(data.buffer), 61, 35, quality, 3, 5);
      return meanDifference(data, image.data);
    };
    expect(error(100)).toBeLessThan(0.6);
    expect(error(60)).toBeGreaterThan(error(95));
    expect(error(10)).toBeGreaterThan(error(60));
  });

  it('levels tell paper from ink either way round', () => {
    expect(levels(strokes(100, 30, 230, 40))).toEqual({ paper: expect.closeTo(230, -1), ink: 40 });
    expect(levels(strokes(100, 30, 20, 200))).toEqual({ paper: expect.closeTo(20, -1), ink: 200 });
  });

  it.each(['area', 'nearest', 'linear', 'cubic'] as const)(
    'resizing keeps a constant and the centre: %s',
    (filter) => {
      const flat = new Uint8Array(7 * 5).fill(77);
      const out = new Float32Array(13 * 3);
      resize(flat, 7, 5, out, 13, 3, filter);
      for (const v of out) expect(v).toBeCloseTo(77, 3);
      // The narrowest sources, where most taps fall outside.
      for (let n = 1; n < 4; n++) {
        resize(flat, n, n, out, 6, 6, filter);
        for (let i = 0; i < 36; i++) expect(out[i]).toBeCloseTo(77, 3);
      }
      // A ramp stays symmetric about the middle.
      const ramp = Float32Array.from({ length: 12 }, (_, i) => i);
      const up = new Float32Array(31);
      resize(ramp, 12, 1, up, 31, 1, filter);
      for (let i = 0; i < 31; i++)
        expect(up[i]! + up[30 - i]!).toBeCloseTo(11, filter === 'nearest' ? -1 : 3);
    },
  );
});
