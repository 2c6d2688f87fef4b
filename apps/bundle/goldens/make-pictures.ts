/** Cuts the pictures of this folder from the repository's samples: `npm run build && node dist/apps/bundle/goldens/make-pictures.js`. */
import { join } from 'node:path';
import { packageRoot } from '../../../models/base/paths.js';
import { loadSharp } from '../../files/decode-image.js';

const sharp = await loadSharp();
const sample = (name: string) => sharp(join(packageRoot(), 'samples', name)).autoOrient();
const target = (name: string) => join(packageRoot(), 'apps', 'bundle', 'goldens', `${name}.png`);
const PNG = { compressionLevel: 9 } as const;

await sample('screenshot.png')
  .extract({ left: 30, top: 655, width: 221, height: 26 })
  .toColourspace('b-w')
  .png(PNG)
  .toFile(target('recognizer'));
await sample('sign.jpg').resize(224).toColourspace('b-w').png(PNG).toFile(target('detector'));
await sample('coffee.jpg').resize(180).png(PNG).toFile(target('saliency'));
