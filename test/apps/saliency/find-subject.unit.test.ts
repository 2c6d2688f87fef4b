import { describe, expect, it } from 'vitest';
import {
  findSubject,
  REFINEMENTS,
  type Refinement,
  withThreshold,
} from '../../../apps/saliency/find-subject.js';
import { renderCutout } from '../../../apps/saliency/render/cutout.js';
import { levelOf } from '../../../apps/saliency/threshold.js';
import type { SaliencyModel } from '../../../models/saliency/saliency.js';
import { fakeModel } from './fake-model.js';
import { scene } from './scenes.js';

const box = { x: 40, y: 30, width: 80, height: 60 };

describe('findSubject', () => {
  it.each(REFINEMENTS)('finds a box at the size of the picture (%s)', async (refine) => {
    const subject = await findSubject(scene(200, 120, box), fakeModel(), { refine });
    expect([subject.width, subject.height, subject.map.data.length]).toEqual([200, 120, 24000]);
    expect(subject.boxes).toHaveLength(1);
    for (const side of ['x', 'y', 'width', 'height'] as const)
      expect(Math.abs(subject.boxes[0]![side] - box[side]), side).toBeLessThanOrEqual(4);
    expect(subject.boxes[0]!.share).toBe(1);
    expect(subject.stats.coverage).toBeCloseTo(0.2, 1);
    expect(subject.stats.confidence).toBeGreaterThan(0.8);
    expect(subject.threshold).toBeGreaterThanOrEqual(0.3);
    for (const time of Object.values(subject.timings)) expect(time).toBeGreaterThanOrEqual(0);
    expect(subject.timings.refine > 0).toBe(refine !== 'none');
  });

  it('shows the contour to the CRF where that is asked for alone', async () => {
    // All but the outline of the right half is as likely as not.
    const outline = Float32Array.from({ length: 32 * 32 }, (_, i) => (i % 32 === 16 ? 0.9 : 0.02));
    const map = Float32Array.from({ length: 32 * 32 }, (_, i) => (i % 32 > 24 ? 0.9 : 0.5));
    const model: SaliencyModel = {
      ...fakeModel(),
      predict: async () => ({
        map: { width: 32, height: 32, data: map },
        pixels: { width: 32, height: 32, data: new Uint8Array(3 * 32 * 32).fill(128) },
        contour: { width: 32, height: 32, data: outline },
      }),
    };
    const right = async (refine: Refinement) => {
      const { map } = await findSubject(scene(32, 32), model, { refine });
      const at = (x: number) => map.data[16 * 32 + x]!;
      return at(20) - at(12);
    };
    expect(await right('contour-crf')).toBeGreaterThan((await right('crf')) + 20);
  });

  it('finds nothing in a blank picture, and does not make noise of it', async () => {
    const noisy: SaliencyModel = {
      ...fakeModel(),
      predict: async (image) => ({
        map: {
          width: 8,
          height: 8,
          data: Float32Array.from({ length: 64 }, (_, i) => ((i * 37) % 64) / 1000),
        },
        pixels: image,
      }),
    };
    const subject = await findSubject(scene(50, 40), noisy, { refine: 'none' });
    expect(subject.boxes).toEqual([]);
    expect(subject.stats).toMatchObject({ coverage: 0, confidence: 0 });
    expect(subject.stats.peak).toBeLessThan(0.07);
  });

  it('obeys a given threshold, and can be divided again', async () => {
    const model: SaliencyModel = {
      ...fakeModel(),
      predict: async (image) => ({
        map: { width: 2, height: 1, data: new Float32Array([0.4, 0.8]) },
        pixels: image,
      }),
    };
    const at = async (threshold: number) => findSubject(scene(2, 1), model, { refine: 'none', threshold });
    expect((await at(0.3)).stats.coverage).toBe(1);
    expect((await at(0.5)).stats.coverage).toBe(0.5);
    expect((await at(0.9)).stats.coverage).toBe(0);
    const again = withThreshold(await at(0.9), 0.5);
    expect(again).toMatchObject({ ...(await at(0.5)), timings: again.timings });
    expect(levelOf((await at(0.5)).threshold)).toBe(128);
    for (const wrong of [0, -1, 1.01, Number.NaN])
      await expect(at(wrong)).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(() => withThreshold(again, 2)).toThrow(/threshold/);
  });

  it('shows the model no colours that transparency hides, and finds nothing there', async () => {
    const picture = scene(100, 100, { x: 20, y: 20, width: 60, height: 60 });
    const alpha = new Uint8Array(10_000).fill(255);
    // The left half is transparent.
    for (let i = 0; i < alpha.length; i++) if (i % 100 < 50) alpha[i] = 0;
    const model = fakeModel();
    const subject = await findSubject({ ...picture, alpha }, model, { refine: 'none' });
    expect([...model.seen[0]!.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect([...model.seen[0]!.data.subarray(3 * 5030, 3 * 5030 + 3)]).toEqual([255, 255, 255]);
    expect(subject.map.data.every((value, i) => alpha[i] === 255 || value === 0)).toBe(true);
    expect(subject.boxes[0]!.x).toBe(50);
  });

  it('leaves what is translucent to stand out as the model sees it, and its opacity to the cut-out', async () => {
    const picture = {
      ...scene(100, 100, { x: 20, y: 20, width: 60, height: 60 }),
      alpha: new Uint8Array(1e4).fill(71),
    };
    const subject = await findSubject(picture, fakeModel(), { refine: 'none' });
    expect(subject.map.data[5050]).toBeGreaterThan(71);
    const { data } = renderCutout(picture, subject);
    expect(data[4 * 5050 + 3]).toBe(71);
  });

  it('works on a single pixel and on a strip', async () => {
    for (const [width, height] of [
      [1, 1],
      [3000, 1],
      [1, 3000],
    ] as const)
      for (const refine of REFINEMENTS) {
        const { map } = await findSubject(scene(width, height), fakeModel(8), { refine });
        expect(map.data).toHaveLength(width * height);
      }
  });

  it('stops when it is told to', async () => {
    const reason = new Error('enough');
    const stop = new AbortController();
    const model = fakeModel(8, async () => stop.abort(reason));
    await expect(findSubject(scene(9, 9), model, { refine: 'crf', signal: stop.signal })).rejects.toBe(
      reason,
    );
    const early = fakeModel();
    await expect(
      findSubject(scene(9, 9), early, { refine: 'none', signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    expect(early.seen).toHaveLength(0);
  });
});
