/** Labelled sets for tests, made here: the width of an image says which sample it is. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'pocketlens-test-'));
}

/** Sample i is `i.png`, 20 + i pixels wide. */
export async function writeCrops(folder: string, texts: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await Promise.all(texts.map((_, i) => writeImage(join(folder, `${i}.png`), 20 + i, 10)));
  writeFileSync(join(folder, 'labels.tsv'), texts.map((text, i) => `${i}.png\t${text}\n`).join(''));
}

export async function writeImage(path: string, width: number, height: number): Promise<void> {
  await sharp({ create: { width, height, channels: 3, background: '#eee' } })
    .png()
    .toFile(path);
}
