import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, expect, test } from 'vitest';
import type { SaliencyPeer } from '../../../../apps/train/bench/peers/saliency-peer.js';
import { runSaliencyBench } from '../../../../apps/train/bench/saliency-bench.js';
import { saliencyReport } from '../../../../apps/train/bench/saliency-report.js';
import { selectSaliencySets } from '../../../../apps/train/bench/saliency-sets.js';
import { PocketlensError } from '../../../../models/base/errors.js';
import { temporaryFolder } from './label-folders.js';

const [WIDTH, HEIGHT, IMAGES] = [40, 30, 5];
let folder: string;

/** White where the object is: the left part, wider from image to image. */
const object = (id: number) =>
  Buffer.from(Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH < 10 + 3 * id ? 255 : 0)));

beforeEach(async () => {
  folder = temporaryFolder();
  for (const part of ['images', 'masks']) await mkdir(join(folder, 'tiny', part), { recursive: true });
  for (let id = 0; id < IMAGES; id++) {
    const raw = { raw: { width: WIDTH, height: HEIGHT, channels: 1 as const } };
    await sharp(object(id), raw)
      .webp({ lossless: true })
      .toFile(join(folder, 'tiny', 'images', `${id}.webp`));
    await sharp(object(id), raw)
      .toColourspace('b-w')
      .png()
      .toFile(join(folder, 'tiny', 'masks', `${id}.png`));
  }
});

/** Finds the object, or its negative; `failAt`: the image at which it breaks. */
function fake(
  name: string,
  asked: string[],
  options: { negative?: boolean; failAt?: number } = {},
): SaliencyPeer {
  return {
    name,
    title: name.toUpperCase(),
    describe: async () => ({ version: '1', modelBytes: 2_500_000, fingerprint: 'a' }),
    open: async () => ({
      async find(path) {
        if (asked.length === options.failAt) throw new Error('power cut');
        asked.push(path.split(/[\\/]/).at(-1)!);
        const { data, info } = await sharp(path).greyscale().raw().toBuffer({ resolveWithObject: true });
        const map = Uint8Array.from(data, (v) => (options.negative ? 255 - v : v));
        return { map: { width: info.width, height: info.height, data: map }, seconds: 0.02 };
      },
      close: async () => {},
    }),
    findOne: (image, output) => ({
      command: process.execPath,
      args: ['-e', `require('fs').copyFileSync(${JSON.stringify(image)}, ${JSON.stringify(output)})`],
    }),
  };
}

const absent: SaliencyPeer = {
  ...fake('opencv', []),
  describe: async () => {
    throw new PocketlensError('tool_missing', 'Expected OpenCV but found none.', { remedy: 'Install it.' });
  },
};

const run = (peers: readonly SaliencyPeer[]) =>
  runSaliencyBench({
    peers,
    sets: selectSaliencySets({ data: join(folder, 'tiny') }),
    threads: 1,
    maps: join(folder, 'maps'),
  });

test('programs are scored alike on the same images; one that is missing is a row, an optional one none', async () => {
  const result = await run([
    fake('right', []),
    fake('wrong', [], { negative: true }),
    absent,
    { ...absent, name: 'part', title: 'PART', optional: true },
  ]);
  const [right, wrong, none, ...more] = result.peers;
  expect(more).toEqual([]);
  expect(right!.sets[0]!.score).toMatchObject({ n: IMAGES, maxF: 1, mae: 0 });
  expect(wrong!.sets[0]!.score.mae).toBe(1);
  expect(wrong!.sets[0]!.score.structure).toBeLessThan(0.3);
  expect(right!.seconds).toBeCloseTo(0.02);
  expect(right!.startUpSeconds).toBeGreaterThan(0);
  expect(none).toMatchObject({ absent: { what: 'not installed' }, sets: [] });
  const report = saliencyReport(result);
  expect(report).toContain(`**tiny**, ${IMAGES} images:`);
  expect(report).toMatch(/\| RIGHT 1 +\| +1\.0000 \|/);
  expect(report.match(/\| OPENCV +\| +not installed \|/g)).toHaveLength(2);
  expect(report).toMatch(/\| RIGHT 1 +\| +20\.0 \|.*\| +2\.5 \|/);
});

test('an interrupted bench goes on where it ended, and other files in its folder do no harm', async () => {
  const first: string[] = [];
  await expect(run([fake('right', first, { failAt: 2 })])).rejects.toThrow('power cut');
  expect(first).toHaveLength(2);
  const second: string[] = [];
  const result = await run([fake('right', second)]);
  // Beside the set's own images there are the squares that time is taken on.
  const ofSet = second.filter((file) => file.endsWith('.webp'));
  expect([...first, ...ofSet].sort()).toEqual(Array.from({ length: IMAGES }, (_, id) => `${id}.webp`));
  expect(result.peers[0]!.sets[0]!.score.n).toBe(IMAGES);
  await writeFile(join(folder, 'maps', 'note.txt'), 'not a map');
  expect((await run([fake('right', [])])).peers[0]!.sets[0]!.score.mae).toBe(0);
});
