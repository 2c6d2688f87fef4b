import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadRealLines } from '../../../apps/train/read-set.js';
import type { Recognizer } from '../../../models/recognizer/reading.js';

let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'pocketlens-real-lines-'));
  const crop = await sharp({ create: { width: 30, height: 10, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
  const write = (folder: string, labels: readonly string[]) => {
    mkdirSync(folder, { recursive: true });
    labels.forEach((_, i) => {
      writeFileSync(join(folder, `${i}.png`), crop);
    });
    writeFileSync(join(folder, 'labels.tsv'), labels.map((text, i) => `${i}.png\t${text}\n`).join(''));
  };
  write(join(root, 'data', 'ocr', 'train', 'lines', 'own'), ['plain', "it's", 'a-b']);
  write(join(root, 'data', 'ocr', 'train', 'lines', 'sroie'), ["IT'S TOTAL", 'CASH']);
  write(join(root, 'cache', 'pseudo-labels', 'sroie'), ["It's Total"]);
});
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** Reads what it is told to, in turn. */
function reader(...texts: string[]): Recognizer & { asked: () => number } {
  let next = 0;
  return {
    asked: () => next,
    read: async (crops) => crops.map(() => ({ text: texts[next++] ?? '', confidence: 1, characters: [] })),
    dispose: async () => {},
  };
}

async function labelsOf(set: string, recognizer?: Recognizer): Promise<string[]> {
  vi.stubEnv('POCKETLENS_DATA', join(root, 'data'));
  vi.stubEnv('POCKETLENS_CACHE', join(root, 'cache'));
  return (await loadRealLines(set, recognizer)).map(({ text }) => text);
}

describe('loadRealLines', () => {
  it('restores quotes and dashes, and reads only the crops whose labels hold plain ones', async () => {
    const recognizer = reader('it’s', 'a–b');
    expect(await labelsOf('lines/own', recognizer)).toEqual(['plain', 'it’s', 'a–b']);
    expect(recognizer.asked()).toBe(2);
  });

  it('keeps labels as they are where nothing reads them', async () => {
    expect(await labelsOf('lines/own')).toEqual(['plain', "it's", 'a-b']);
  });

  it('tells how a set is made that PP-OCR has not labelled here', async () => {
    await expect(labelsOf('pseudo/none')).rejects.toMatchObject({
      code: 'data_missing',
      remedy: expect.stringContaining('pseudo-label FOLDER --name none'),
    });
  });

  it('restores case and signs of an upper-cased set and leaves out what does not agree', async () => {
    expect(await labelsOf('lines/sroie', reader('It’s Tota1', 'Amount'))).toEqual(['It’s Total']);
    await expect(labelsOf('lines/sroie')).rejects.toMatchObject({ code: 'invalid_data' });
  });

  it('restores the signs of pseudo-labels, whose case is right', async () => {
    expect(await labelsOf('pseudo/sroie', reader('it’s total'))).toEqual(['It’s Total']);
    expect(await labelsOf('pseudo/sroie')).toEqual(["It's Total"]);
  });
});
