import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { PocketlensError } from '../../../models/base/errors.js';
import { Random } from '../../../models/base/random.js';
import { composite, drawGround } from '../../../synth/augment/alpha-compositing.js';
import { textureBackground } from '../../../synth/render/background.js';
import { inkCorrelation } from '../../../synth/render/legibility.js';
import { PROFILES } from '../../../synth/render/profiles.js';
import { TextureStore } from '../../../synth/render/textures.js';

const image = (values: number[], width = values.length) => ({
  width,
  height: values.length / width,
  data: Uint8Array.from(values),
});

async function textureFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketlens-textures-'));
  const random = new Random('texture');
  const pixels = Uint8Array.from({ length: 64 * 48 * 3 }, () => random.int(90, 170));
  await sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
    .png()
    .toFile(join(folder, 'a.png'));
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({ images: [{ file: 'a.png', category: 'paper' }] }),
  );
  return folder;
}

describe('composite', () => {
  it('blends b + (ink - b) · opacity · coverage', () => {
    const ground = image([200, 200, 200, 100]);
    composite(ground, image([0, 255, 51, 255]), 50, 0.5);
    expect([...ground.data]).toEqual([200, 125, 185, 75]);
  });

  it('opaque ink at full coverage is the ink; no coverage leaves the ground', () => {
    const ground = image([7, 8, 9, 10]);
    composite(ground, image([255, 0, 255, 0]), 244, 1);
    expect([...ground.data]).toEqual([244, 8, 244, 10]);
  });

  it('shifts the mask and cuts it at the edges', () => {
    const ground = image(new Array(9).fill(0), 3);
    composite(ground, image([255, 255, 255, 255, 255, 255, 255, 255, 255], 3), 100, 1, 1, -1);
    expect([...ground.data]).toEqual([0, 100, 100, 0, 100, 100, 0, 0, 0]);
    const other = image(new Array(9).fill(0), 3);
    composite(other, image([1, 2, 3, 4, 255, 6, 7, 8, 255], 3), 100, 1, -1, 1);
    expect(other.data[6]).toBe(100);
  });
});

describe('drawGround', () => {
  it('is plain and opaque where compositing is off', async () => {
    const textures = new TextureStore(await textureFolder());
    for (let n = 0; n < 20; n++) {
      const ground = drawGround(20, 10, PROFILES.scene.tones, new Random(n), 1, textures, false);
      expect(ground.opacity).toBe(1);
      expect(new Set(ground.background.data).size).toBe(1);
    }
  });

  it('keeps the least contrast and textures the ground where compositing is on', async () => {
    const textures = new TextureStore(await textureFolder());
    let textured = 0;
    for (const { tones } of Object.values(PROFILES)) {
      for (let n = 0; n < 40; n++) {
        const { background, ink, paper, opacity } = drawGround(
          30,
          12,
          tones,
          new Random(n),
          1,
          textures,
          true,
        );
        expect(Math.abs(ink - paper) * opacity).toBeGreaterThanOrEqual(tones.contrast * 0.98);
        expect(opacity).toBeGreaterThanOrEqual(0.45);
        if (new Set(background.data).size > 8) textured++;
      }
    }
    expect(textured).toBeGreaterThan(60);
  });
});

describe('textures', () => {
  it('moves a texture to the wished tone and bounds its contrast', async () => {
    const texture = new TextureStore(await textureFolder()).pick(new Random(1));
    expect(texture.mean).toBeGreaterThan(120);
    const { data } = textureBackground(texture, 200, 100, 220, 1, 5, new Random(2));
    const mean = data.reduce((a, b) => a + b, 0) / data.length;
    const deviation = Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length);
    expect(Math.abs(mean - 220)).toBeLessThan(3);
    expect(deviation).toBeGreaterThan(0.5);
    expect(deviation).toBeLessThan(6.5);
  });

  it('takes all pictures of a folder without an index', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pocketlens-textures-'));
    const raw = { width: 6, height: 4, channels: 1 } as const;
    await sharp(new Uint8Array(24).fill(90), { raw }).png().toFile(join(folder, 'a.png'));
    writeFileSync(join(folder, 'readme.txt'), 'no picture');
    const { width, height, category, mean } = new TextureStore(folder).pick(new Random(1));
    expect({ width, height, category, mean }).toEqual({ width: 6, height: 4, category: 'photo', mean: 90 });
  });

  it('reports a folder without pictures and an image that cannot be decoded', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pocketlens-textures-'));
    const code = (action: () => unknown) => {
      try {
        action();
      } catch (error) {
        return (error as PocketlensError).code;
      }
      return 'none';
    };
    expect(code(() => new TextureStore(folder))).toBe('data_missing');
    writeFileSync(join(folder, 'index.json'), '{"images": 3}');
    expect(code(() => new TextureStore(folder))).toBe('invalid_data');
    writeFileSync(join(folder, 'index.json'), '{"images": [{"file": "bad.png", "category": "paper"}]}');
    writeFileSync(join(folder, 'bad.png'), 'nothing');
    expect(code(() => new TextureStore(folder).pick(new Random(1)))).toBe('invalid_image');
  });
});

describe('inkCorrelation', () => {
  it('is 1 for ink of any polarity on an even ground and 0 where nothing is left', () => {
    const mask = image([0, 255, 128, 0]);
    expect(inkCorrelation(image([200, 0, 100, 200]), mask)).toBeGreaterThan(0.99);
    expect(inkCorrelation(image([10, 210, 110, 10]), mask)).toBeGreaterThan(0.99);
    expect(inkCorrelation(image([90, 90, 90, 90]), mask)).toBe(0);
    // What lies beside the text does not count.
    const beside = image([200, 0, 100, 0]);
    expect(inkCorrelation(beside, mask)).toBeLessThan(0.8);
    expect(inkCorrelation(beside, mask, { left: 0, top: 0, right: 3, bottom: 1 })).toBeGreaterThan(0.99);
  });
});
