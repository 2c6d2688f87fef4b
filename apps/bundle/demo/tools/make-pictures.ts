/**
 * Writes the icons of the installed page and the pictures that it offers, from `public/icon.svg` and the repository's
 * `samples`: `node dist/apps/bundle/demo/tools/make-pictures.js` after a build.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../../../models/base/paths.js';
import { loadSharp } from '../../../files/decode-image.js';

const SAMPLES = [
  { from: 'receipt.jpg', name: 'A receipt on a table' },
  { from: 'sign.jpg', name: 'An enamel sign on a wall' },
  { from: 'dog.jpg', name: 'Two dogs look over a fence' },
  { from: 'coffee.jpg', name: 'A cup of coffee on a wooden table' },
] as const;

export async function makePictures(root: string): Promise<void> {
  const target = join(root, 'apps', 'bundle', 'demo', 'public');
  await makeIcons(target);
  await makeSamples(root, join(target, 'samples'));
}

async function makeIcons(target: string): Promise<void> {
  const sharp = await loadSharp();
  const icon = await readFile(join(target, 'icon.svg'));
  const drawn = (svg: Buffer, size: number) => sharp(svg, { density: (72 * size) / 24 }).resize(size, size);
  for (const size of [192, 512])
    await drawn(icon, size)
      .png({ palette: true })
      .toFile(join(target, `icon-${size}.png`));
  // Cut to any shape by the system: ground to the edges, and the sign within the safe middle.
  const { data } = await drawn(icon, 358).toBuffer({ resolveWithObject: true });
  await sharp({ create: { width: 512, height: 512, channels: 3, background: '#0f5c4a' } })
    .composite([{ input: data, gravity: 'centre' }])
    .png({ palette: true })
    .toFile(join(target, 'icon-maskable.png'));
}

/** The pictures themselves, so that the page reads what the command reads, and small ones to choose by. */
async function makeSamples(root: string, target: string): Promise<void> {
  const sharp = await loadSharp();
  await mkdir(target, { recursive: true });
  const list = SAMPLES.map(({ from, name }) => ({
    file: from,
    thumbnail: `${from.replace(/\.[^.]*$/, '')}-small.webp`,
    name,
  }));
  for (const { file, thumbnail } of list) {
    const bytes = await readFile(join(root, 'samples', file));
    await writeFile(join(target, file), bytes);
    // Twice the size at which they are shown, for fine screens.
    await sharp(bytes)
      .rotate()
      .resize(296, 208, { fit: 'cover' })
      .webp({ quality: 60 })
      .toFile(join(target, thumbnail));
  }
  await writeFile(join(target, 'index.json'), `${JSON.stringify(list, null, 2)}\n`);
}

const [, script] = process.argv;
if (script && import.meta.url === pathToFileURL(script).href) await makePictures(packageRoot());
