import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  limitSaliencySet,
  loadGrayValues,
  loadSaliencySet,
} from '../../../../../apps/train/scoring/saliency/labelled-set.js';
import { temporaryFolder } from '../../bench/label-folders.js';
import { draw, saliencyCases, writeSaliencySet } from './saliency-cases.js';

describe('loadSaliencySet', () => {
  it('pairs masks with images of any suffix, by the order of their names', async () => {
    const folder = join(temporaryFolder(), 'mine');
    await writeSaliencySet(folder, saliencyCases().slice(0, 3));
    await sharp(join(folder, 'images', 'noise.jpg'))
      .webp()
      .toFile(join(folder, 'images', 'noise.webp'));
    rmSync(join(folder, 'images', 'noise.jpg'));
    writeFileSync(join(folder, 'masks', '.hidden'), '');
    const { name, samples } = loadSaliencySet(folder);
    expect(name).toBe('mine');
    expect(samples.map(({ id, image, mask }) => [id, basename(image), basename(mask)])).toEqual([
      ['bump', 'bump.jpg', 'bump.png'],
      ['noise', 'noise.webp', 'noise.png'],
      ['spots', 'spots.jpg', 'spots.png'],
    ]);
    expect(limitSaliencySet({ name, samples }, 2).samples.map(({ id }) => id)).toEqual(['bump', 'noise']);
    expect(limitSaliencySet({ name, samples }, 9).samples).toHaveLength(3);
  });

  it('names what is missing', async () => {
    const folder = temporaryFolder();
    expect(() => loadSaliencySet(folder)).toThrowError(expect.objectContaining({ code: 'data_missing' }));
    mkdirSync(join(folder, 'images'));
    mkdirSync(join(folder, 'masks'));
    expect(() => loadSaliencySet(folder)).toThrowError(/images\/ and masks\//);
    await writeSaliencySet(folder, saliencyCases().slice(0, 2));
    rmSync(join(folder, 'images', 'bump.jpg'));
    expect(() => loadSaliencySet(folder)).toThrowError(/an image for the mask bump\.png/);
  });
});

describe('loadGrayValues', () => {
  const values = draw(16, 16, (x, y) => 16 * y + x);
  const raw = { raw: { width: 16, height: 16, channels: 1 as const } };

  it('gives the values in the file', async () => {
    const path = join(temporaryFolder(), 'all.png');
    await sharp(values.data, raw).toColourspace('b-w').png().toFile(path);
    expect(await loadGrayValues(path)).toEqual(values);
  });

  it('gives those of grey pixels stored as colours, and ignores transparency', async () => {
    const path = join(temporaryFolder(), 'colours.png');
    const rgba = new Uint8Array(4 * 256);
    values.data.forEach((value, i) => {
      rgba.set([value, value, value, 255 - value], 4 * i);
    });
    await sharp(rgba, { raw: { width: 16, height: 16, channels: 4 } })
      .png()
      .toFile(path);
    expect(await loadGrayValues(path)).toEqual(values);
  });

  it('gives luma for colours, rounded', async () => {
    const path = join(temporaryFolder(), 'rgb.png');
    const rgb = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 200, 33);
    await sharp(rgb, { raw: { width: 4, height: 1, channels: 3 } })
      .png()
      .toFile(path);
    expect([...(await loadGrayValues(path)).data]).toEqual([76, 150, 29, 124]);
  });
});
