/** `npm run samples [-- FONTS]`: draws all samples and writes their expected texts. FONTS: a folder with the fonts' index.json. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, packageRoot } from '../../models/base/paths.js';
import { Faces } from './artwork.js';
import type { Sample } from './picture.js';
import { drawReceipt } from './receipt.js';
import { drawScannedPage } from './scanned-page.js';
import { drawScreenshot } from './screenshot.js';
import { drawSelftest } from './selftest.js';
import { drawSign } from './sign.js';

/** @throws data_missing where a font of the samples is not in the folder */
export async function drawSamples(fontFolder: string): Promise<Sample[]> {
  const faces = new Faces(fontFolder);
  const samples = [];
  for (const draw of [drawReceipt, drawScannedPage, drawSign, drawScreenshot, drawSelftest])
    samples.push(await draw(faces));
  return samples;
}

async function main(fontFolder: string): Promise<void> {
  const folder = join(packageRoot(), 'samples');
  mkdirSync(join(folder, 'expected'), { recursive: true });
  for (const { file, bytes, text } of await drawSamples(fontFolder)) {
    const name = file.replace(/\.[^.]+$/, '');
    writeFileSync(join(folder, file), bytes);
    writeFileSync(join(folder, 'expected', `${name}.txt`), `${text}\n`);
    // The package carries this one, beside its picture.
    if (name === 'selftest') writeFileSync(join(folder, 'selftest.txt'), `${text}\n`);
    process.stderr.write(`${file}: ${bytes.length} bytes\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await main(process.argv[2] ?? cacheFolder('data', 'fonts'));
