import { describe, expect, test } from 'vitest';
import { PocketlensError } from '../../../../models/base/errors.js';
import type { ColourImage, FloatMap } from '../../../../models/base/image.js';
import { Random } from '../../../../models/base/random.js';
import { CRF_DEFAULTS, CRF_RANGES, resolveCrfOptions } from '../../../../models/saliency/crf/options.js';
import { type RefineOptions, refineMap } from '../../../../models/saliency/crf/refine-map.js';

const SIDE = 64;
const inside = (i: number) => Math.hypot((i % SIDE) - 30, Math.floor(i / SIDE) - 34) < 18;

/** A disc on a ground of another colour, with noise. */
function disc(colours: readonly [number, number], noise = 6): ColourImage {
  const random = new Random(1, 'disc');
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const level = colours[inside(Math.floor(i / 3)) ? 0 : 1] + (i % 3) * 20;
    return Math.min(255, Math.max(0, Math.round(level + random.normal(0, noise))));
  });
  return { width: SIDE, height: SIDE, data };
}

/** What a coarse network gives: the disc with an edge 12 pixels wide. */
function blurred(): FloatMap {
  const data = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const distance = Math.hypot((i % SIDE) - 30, Math.floor(i / SIDE) - 34);
    return Math.min(0.97, Math.max(0.03, 0.5 + (18 - distance) / 12));
  });
  return { width: SIDE, height: SIDE, data };
}

function error({ data }: FloatMap): number {
  return data.reduce((sum, p, i) => sum + Math.abs(p - (inside(i) ? 1 : 0)), 0) / data.length;
}

function flat(width: number, height: number, p: number): FloatMap {
  return { width, height, data: new Float32Array(width * height).fill(p) };
}

function grey(width: number, height: number): ColourImage {
  return { width, height, data: new Uint8Array(3 * width * height).fill(128) };
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (caught) {
    if (caught instanceof PocketlensError) return caught.code;
    throw caught;
  }
  return undefined;
}

describe('refining', () => {
  test('sharpens a blurred disc along the edge in the image', () => {
    const refined = refineMap(disc([200, 60]), blurred());
    expect(error(blurred())).toBeGreaterThan(0.08);
    expect(error(refined)).toBeLessThan(0.012);
  });

  test('leaves the input alone and gives the same again', () => {
    const image = disc([200, 60]);
    const map = blurred();
    const first = refineMap(image, map);
    expect(map).toEqual(blurred());
    expect(refineMap(image, map)).toEqual(first);
  });

  test('a contour holds where colour does not tell', () => {
    const image = disc([120, 120]);
    // The map has a hole within the disc and leaks out of it; the contour is right.
    const map = blurred();
    map.data.forEach((_, i) => {
      const x = i % SIDE;
      const y = Math.floor(i / SIDE);
      if (Math.hypot(x - 24, y - 38) < 5) map.data[i] = 0.3;
      if (Math.hypot(x - 50, y - 34) < 5) map.data[i] = 0.7;
    });
    const contour = flat(SIDE, SIDE, 0.02);
    contour.data.forEach((_, i) => {
      if (Math.abs(Math.hypot((i % SIDE) - 30, Math.floor(i / SIDE) - 34) - 18) < 1) contour.data[i] = 0.9;
    });
    const without = error(refineMap(image, map));
    const embedded = error(refineMap(image, map, { contour, contourDeviation: 0.3 }));
    expect(embedded).toBeLessThan(0.75 * without);
  });

  test('a uniform half stays a half', () => {
    for (const p of refineMap(disc([200, 60]), flat(SIDE, SIDE, 0.5)).data) expect(p).toBeCloseTo(0.5, 6);
  });

  test('swapping the labels swaps the result', () => {
    const image = disc([200, 60]);
    const map = blurred();
    const swapped = refineMap(image, { ...map, data: map.data.map((p) => 1 - p) });
    refineMap(image, map).data.forEach((p, i) => {
      expect(swapped.data[i]).toBeCloseTo(1 - p, 4);
    });
  });

  test('a strong unary survives', () => {
    const random = new Random(5, 'strong');
    const map = flat(SIDE, SIDE, 0);
    map.data.forEach((_, i) => {
      map.data[i] = random.chance(0.5) ? 1 : 0;
    });
    const { data } = refineMap(disc([200, 60]), map, { unaryWeight: 10 });
    data.forEach((p, i) => {
      expect(Math.abs(p - map.data[i]!)).toBeLessThan(0.01);
    });
  });

  test('no iterations, or no weights, give the map back', () => {
    const map = blurred();
    const image = disc([200, 60]);
    for (const options of [{ iterations: 0 }, { bilateralWeight: 0, smoothnessWeight: 0 }])
      refineMap(image, map, options).data.forEach((p, i) => {
        expect(p).toBeCloseTo(map.data[i]!, 5);
      });
  });
});

describe('extremes', () => {
  test.each([
    [1, 1],
    [1, 50],
    [50, 1],
    [2, 3],
    [5, 4],
  ])('an image of %i x %i, flat, with a contour or without', (width, height) => {
    for (const contour of [undefined, flat(width, height, 0), flat(width, height, 1)]) {
      const options = contour ? { contour, contourDimensions: 4 } : {};
      const { data } = refineMap(grey(width, height), flat(width, height, 0.8), options);
      expect(data.length).toBe(width * height);
      for (const p of data) expect(p > 0.8 && p <= 1).toBe(true);
    }
  });

  test('certain pixels everywhere', () => {
    for (const p of [0, 1])
      for (const refined of refineMap(grey(9, 9), flat(9, 9, p)).data) expect(refined).toBeCloseTo(p, 3);
  });

  test.each<[string, ColourImage, FloatMap, RefineOptions | undefined, string]>([
    ['a map with NaN', grey(2, 2), flat(2, 2, Number.NaN), undefined, 'invalid_data'],
    ['a map above 1', grey(2, 2), flat(2, 2, 1.01), undefined, 'invalid_data'],
    ['a map of another size', grey(2, 2), flat(4, 1, 0.5), undefined, 'invalid_data'],
    ['a map with too few values', grey(2, 2), { ...flat(2, 1, 0.5), height: 2 }, undefined, 'invalid_data'],
    ['a contour with NaN', grey(2, 2), flat(2, 2, 0.5), { contour: flat(2, 2, Number.NaN) }, 'invalid_data'],
    ['a contour of another size', grey(2, 2), flat(2, 2, 0.5), { contour: flat(2, 3, 0) }, 'invalid_data'],
    ['an image without pixels', grey(0, 0), flat(0, 0, 0.5), undefined, 'invalid_image'],
    [
      'an image of one channel',
      { ...grey(2, 2), data: new Uint8Array(4) },
      flat(2, 2, 0.5),
      undefined,
      'invalid_image',
    ],
    ['negative weights', grey(2, 2), flat(2, 2, 0.5), { bilateralWeight: -1 }, 'invalid_argument'],
  ])('%s is refused', (_, image, map, options, code) => {
    expect(codeOf(() => refineMap(image, map, options))).toBe(code);
  });
});

describe('options', () => {
  test('defaults lie within their ranges', () => {
    expect(resolveCrfOptions({})).toEqual(CRF_DEFAULTS);
    expect(resolveCrfOptions(CRF_DEFAULTS)).toEqual(CRF_DEFAULTS);
    expect(Object.keys(CRF_RANGES)).toEqual(Object.keys(CRF_DEFAULTS));
  });

  test.each([
    { iterations: 1.5 },
    { iterations: 101 },
    { unaryWeight: 0 },
    { bilateralColour: Number.NaN },
    { smoothnessPosition: Number.POSITIVE_INFINITY },
    { bilateralPosition: '60' as unknown as number },
    { toString: 1 } as object,
    { sigma: 3 } as object,
  ])('refuses %o', (options) => {
    expect(codeOf(() => resolveCrfOptions(options))).toBe('invalid_argument');
  });
});
