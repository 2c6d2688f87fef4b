import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareCrf, crfReport } from '../../../../apps/train/bench/saliency-crf/compare-crf.js';
import { Pydensecrf } from '../../../../apps/train/bench/saliency-crf/pydensecrf.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crf-'));
  await mkdir(join(folder, 'images'));
  await mkdir(join(folder, 'masks'));
  const fill = (channels: 3, background: string) =>
    sharp({ create: { width: 40, height: 30, channels, background } });
  await fill(3, '#804020')
    .png()
    .toFile(join(folder, 'images', 'a.png'));
  await fill(3, '#ffffff')
    .png()
    .toFile(join(folder, 'masks', 'a.png'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('a Python that is not there, or lacks the package, is named with a remedy', async () => {
  await expect(compareCrf({ folder, python: join(folder, 'no-python') })).rejects.toMatchObject({
    code: 'tool_missing',
    remedy: expect.stringContaining('pydensecrf2'),
  });
  await expect(Pydensecrf.open(process.execPath)).rejects.toMatchObject({ code: 'inference_failed' });
});

test('the report shows what the reference cannot do as a dash', () => {
  const time = { milliseconds: 50.4, cpuMilliseconds: 49.6 };
  const report = crfReport({
    machine: { processor: 'P', cores: 2 },
    images: 3,
    referenceVersion: '1.1',
    rows: [
      {
        title: 'both',
        ours: time,
        reference: { milliseconds: 90, cpuMilliseconds: 80 },
        meanDifference: 0.00012,
      },
      { title: 'ours', ours: time },
    ],
  });
  expect(report).toContain(' 50 (50) |');
  expect(report).toContain('90 (80)');
  expect(report).toContain('0.0001');
  expect(report.match(/ – \|/g)).toHaveLength(2);
  expect(report).toContain('3 images');
});
