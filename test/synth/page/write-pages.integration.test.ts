import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../../apps/cli/build.mjs';
import { createPageRenderer, type PageRendererOptions } from '../../../synth/page/page-renderer.js';
import { openPageStream } from '../../../synth/page/page-stream.js';
import { type PageLabels, writePages } from '../../../synth/page/write-pages.js';
import { FIXTURE_CHARACTERS, fixtureFolders } from '../fonts/fixture-font.js';
import { digest } from './digest.js';

const renderer: PageRendererOptions = {
  seed: 4,
  ...fixtureFolders(),
  charset: FIXTURE_CHARACTERS,
  kinds: { banner: 1, receipt: 1 },
};
const folder = mkdtempSync(join(tmpdir(), 'pages-'));

beforeAll(async () => {
  // Threads run the compiled worker.
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('openPageStream', () => {
  it('delivers the same pages in the same order for any number of threads', async () => {
    const single = createPageRenderer(renderer);
    const wanted = [2, 3, 4, 5, 6, 7].map((i) => digest(single.render(i)));
    for (const workers of [0, 2]) {
      const stream = openPageStream({ renderer, from: 2, workers, chunk: 3 });
      expect([...(await stream.next()), ...(await stream.next())].map(digest)).toEqual(wanted);
      await stream.close();
      await expect(stream.next()).rejects.toMatchObject({ code: 'interrupted' });
    }
  });

  it("reports a thread's error", async () => {
    const stream = openPageStream({
      renderer: { ...renderer, corpusFolder: '/nowhere' },
      from: 0,
      workers: 1,
    });
    await expect(stream.next()).rejects.toMatchObject({ code: 'data_missing' });
    await stream.close();
  });
});

describe('writePages', () => {
  it('writes a picture and its labels for each page', async () => {
    const out = join(folder, 'new', 'pages');
    await writePages(renderer, 3, out, { from: 7 });
    expect(readdirSync(out).sort()).toEqual(
      [7, 8, 9].flatMap((i) => [`page-00000${i}.json`, `page-00000${i}.png`]),
    );
    const page = createPageRenderer(renderer).render(8);
    const labels = JSON.parse(readFileSync(join(out, 'page-000008.json'), 'utf8')) as PageLabels;
    expect(labels).toMatchObject({
      file: 'page-000008.png',
      width: page.image.width,
      height: page.image.height,
    });
    expect(labels.lines.map((line) => line.text)).toEqual(page.lines.map((line) => line.text));
    expect(labels.lines[0]!.quad[2][0]).toBeCloseTo(page.lines[0]!.quad[2][0], 0);
    const png = sharp(join(out, 'page-000008.png'));
    expect((await png.metadata()).channels).toBe(1);
    const data = await png.extractChannel(0).raw().toBuffer();
    expect(Buffer.compare(data, page.image.data)).toBe(0);
  });

  it('says so where it cannot write', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(writePages(renderer, 1, join(file, 'pages'))).rejects.toMatchObject({
      code: 'output_unwritable',
    });
  });
});
