import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseColour } from '../../../../apps/saliency/colour.js';
import { OUTPUT_KINDS, renderOutput } from '../../../../apps/saliency/make-output.js';
import { cutoutAlpha, renderCutout } from '../../../../apps/saliency/render/cutout.js';
import { heatColours } from '../../../../apps/saliency/render/heat-colours.js';
import { renderHeatmap } from '../../../../apps/saliency/render/heatmap.js';
import { subjectJson } from '../../../../apps/saliency/render/json.js';
import { renderMap } from '../../../../apps/saliency/render/map.js';
import { renderMask } from '../../../../apps/saliency/render/mask.js';
import { renderPicture } from '../../../../apps/saliency/render/picture.js';
import { scene, subjectOf, subjectOfMap } from '../scenes.js';

/** All probabilities in one row. */
const ramp = subjectOfMap(
  256,
  1,
  Uint8Array.from({ length: 256 }, (_, i) => i),
);
const rampPicture = scene(256, 1);

describe('map and mask', () => {
  it('are the probability, and what reaches the threshold', () => {
    expect([...renderMap(ramp).data]).toEqual([...ramp.map.data]);
    const { data } = renderMask(ramp);
    expect([...data]).toEqual([...ramp.map.data].map((value) => (value >= 128 ? 255 : 0)));
  });
});

describe('renderCutout', () => {
  it('fades in around the threshold', () => {
    const alpha = cutoutAlpha(rampPicture, ramp);
    expect(alpha[76]).toBe(0);
    expect(alpha[179]).toBe(255);
    expect(alpha[127]! + alpha[128]!).toBeCloseTo(255, -1);
    for (let i = 1; i < 256; i++) expect(alpha[i]!).toBeGreaterThanOrEqual(alpha[i - 1]!);
  });

  it('cuts hard without softness, exactly as the mask', () => {
    for (const threshold of [0.004, 0.3, 0.5, 1]) {
      const subject = { ...ramp, threshold };
      expect(cutoutAlpha(rampPicture, subject, 0)).toEqual(renderMask(subject).data);
    }
  });

  it('never gives a pixel of probability 0 any opacity', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1 }), fc.double({ min: 0, max: 1 }), (threshold, softness) => {
        fc.pre(!Number.isNaN(threshold + softness));
        const alpha = cutoutAlpha(rampPicture, { ...ramp, threshold }, softness);
        expect(alpha[0]).toBe(0);
        expect(alpha[255]).toBeGreaterThan(0);
      }),
    );
  });

  it('hides the ground and respects the transparency of the input', () => {
    const box = { x: 1, y: 0, width: 2, height: 1 };
    const picture = { ...scene(4, 1, box), alpha: new Uint8Array([255, 255, 100, 255]) };
    expect([...renderCutout(picture, subjectOf(4, 1, [box])).data]).toEqual([
      ...[0, 0, 0, 0],
      ...[220, 30, 30, 255],
      ...[220, 30, 30, 100],
      ...[0, 0, 0, 0],
    ]);
  });

  it('lays the subject on a background', () => {
    const box = { x: 1, y: 0, width: 1, height: 1 };
    const [picture, subject] = [scene(2, 1, box), subjectOf(2, 1, [box])];
    const on = (background: string) =>
      renderCutout(picture, subject, { background: parseColour(background) });
    expect(on('#0000ff')).toEqual({
      width: 2,
      height: 1,
      channels: 3,
      data: new Uint8Array([0, 0, 255, 220, 30, 30]),
    });
    expect([...on('#0000ff80').data]).toEqual([0, 0, 255, 128, 220, 30, 30, 255]);
    expect([...on('#0000ff00').data]).toEqual([0, 0, 0, 0, 220, 30, 30, 255]);
  });

  it('mixes at soft edges as light does', () => {
    const subject = subjectOfMap(1, 1, new Uint8Array([128]), 128 / 255);
    const { data } = renderCutout(scene(1, 1), subject, { background: parseColour('#000') });
    expect(data[0]).toBeGreaterThanOrEqual(63);
    expect(data[0]).toBeLessThanOrEqual(65);
  });
});

describe('renderHeatmap', () => {
  it('has colours whose lightness rises with the probability', () => {
    const colours = heatColours();
    let last = -1;
    for (let i = 0; i < 256; i++) {
      const [r, g, b] = [...colours.subarray(3 * i, 3 * i + 3)].map((value) => (value / 255) ** 2.2);
      const luminance = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
      expect(luminance, `at ${i}`).toBeGreaterThan(last - 0.002);
      last = luminance;
    }
    expect(last).toBeGreaterThan(0.6);
    expect(
      new Set(Array.from({ length: 256 }, (_, i) => colours.slice(3 * i, 3 * i + 3).join())).size,
    ).toBeGreaterThan(240);
  });

  it('lets the picture through as far as it is told', () => {
    expect(renderHeatmap(rampPicture, ramp, { opacity: 0 }).data).toEqual(rampPicture.data);
    expect(renderHeatmap(rampPicture, ramp, { opacity: 1 }).data).toEqual(heatColours());
  });
});

describe('renderOutput', () => {
  const box = { x: 10, y: 10, width: 8, height: 8 };
  const [picture, subject] = [scene(40, 30, box), subjectOf(40, 30, [box])];

  it('gives whole pictures, only a crop is cut', () => {
    for (const kind of OUTPUT_KINDS) {
      const { width, height, channels, data } = renderOutput(kind, picture, subject);
      expect([kind, width, height]).toEqual(kind === 'crop' ? [kind, 8, 8] : [kind, 40, 30]);
      expect(data).toHaveLength(width * height * channels);
    }
  });

  it('cuts everything alike when told to', () => {
    for (const kind of OUTPUT_KINDS) {
      const { width, height } = renderOutput(kind, picture, subject, { crop: { margin: 0.25 } });
      expect([width, height]).toEqual([12, 12]);
    }
  });

  it('keeps the transparency of a picture that is only cropped', () => {
    expect(renderPicture({ ...scene(1, 1), alpha: new Uint8Array([7]) })).toMatchObject({
      channels: 4,
      data: new Uint8Array([128, 128, 128, 7]),
    });
  });
});

describe('subjectJson', () => {
  it('tells the numbers', () => {
    const subject = subjectOf(100, 50, [{ x: 10, y: 10, width: 30, height: 20 }], 204);
    const json = subjectJson(subject, { model: 'm-1', refine: 'none', file: 'a.jpg', decode: 1.234 });
    expect(json).toEqual({
      file: 'a.jpg',
      width: 100,
      height: 50,
      model: 'm-1',
      refine: 'none',
      threshold: 0.5,
      subject: { x: 10, y: 10, width: 30, height: 20 },
      boxes: [{ x: 10, y: 10, width: 30, height: 20, area: 600, share: 1 }],
      stats: { coverage: 0.12, confidence: 0.8, mean: 0.096, peak: 0.8 },
      timings: { decode: 1.2, infer: 0, refine: 0, resize: 0, measure: 0 },
    });
    expect(subjectJson(subjectOf(10, 10, []), { model: 'm', refine: 'crf' }).subject).toBeNull();
  });
});
