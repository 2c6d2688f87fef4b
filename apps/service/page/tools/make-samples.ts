/**
 * Writes the pictures that the page offers to `public/samples`, small, from those in the repository's `samples`:
 * `node dist/apps/service/page/tools/make-samples.js` after a build.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../../../models/base/paths.js';
import { loadSharp } from '../../../files/decode-image.js';

const SAMPLES = [
  { from: 'dog.jpg', name: 'Two dogs look over a fence' },
  { from: 'coffee.jpg', name: 'A cup of coffee on a wooden table' },
  { from: 'sign.jpg', name: 'An enamel sign on a wall' },
] as const;

const LONGEST_SIDE = 1000;

export async function makeSamples(root: string): Promise<void> {
  const sharp = await loadSharp();
  const target = join(root, 'apps', 'service', 'page', 'public', 'samples');
  await mkdir(target, { recursive: true });
  const entries = SAMPLES.map(({ from, name }) => {
    const stem = from.replace(/\.[^.]*$/, '');
    return { from, file: `${stem}.webp`, thumbnail: `${stem}-small.webp`, name };
  });
  for (const { from, file, thumbnail } of entries) {
    const picture = sharp(join(root, 'samples', from)).rotate();
    const inside = { fit: 'inside', withoutEnlargement: true } as const;
    await picture
      .clone()
      .resize(LONGEST_SIDE, LONGEST_SIDE, inside)
      .webp({ quality: 82 })
      .toFile(join(target, file));
    // Twice the size at which they are shown, for fine screens.
    await picture
      .clone()
      .resize(296, 208, { fit: 'cover' })
      .webp({ quality: 60 })
      .toFile(join(target, thumbnail));
  }
  const list = entries.map(({ from: _, ...entry }) => entry);
  await writeFile(join(target, 'index.json'), `${JSON.stringify(list, null, 2)}\n`);
}

const [, script] = process.argv;
if (script && import.meta.url === pathToFileURL(script).href) await makeSamples(packageRoot());
