import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePicture } from '../../../apps/files/decode-picture.js';
import { findSubject } from '../../../apps/saliency/find-subject.js';
import { openNamedModel } from '../../../apps/saliency/open-model.js';
import { packageRoot } from '../../../models/base/paths.js';
import type { SaliencyModel } from '../../../models/saliency/saliency.js';

let model: SaliencyModel;
beforeAll(async () => {
  ({ model } = await openNamedModel({ threads: 2 }));
});
afterAll(() => model.dispose());

/** Places as shares of width and height that the subject covers, and that it does not. */
const SAMPLES = {
  'dog.jpg': {
    subject: [
      [0.41, 0.3],
      [0.62, 0.7],
    ],
    ground: [
      [0.9, 0.2],
      [0.1, 0.2],
      [0.9, 0.9],
    ],
  },
  'coffee.jpg': {
    subject: [
      [0.47, 0.2],
      [0.47, 0.55],
      [0.3, 0.7],
    ],
    ground: [
      [0.05, 0.05],
      [0.95, 0.5],
      [0.05, 0.95],
    ],
  },
  'sign.jpg': {
    subject: [
      [0.5, 0.45],
      [0.3, 0.7],
    ],
    ground: [
      [0.05, 0.5],
      [0.95, 0.5],
      [0.5, 0.05],
    ],
  },
} as const;

describe('the shipped saliency network', () => {
  it.each(Object.entries(SAMPLES))(
    'finds the subject of %s, with and without the CRF',
    async (file, places) => {
      const picture = await decodePicture({ path: join(packageRoot(), 'samples', file) });
      for (const refine of ['none', 'crf'] as const) {
        const { map, boxes } = await findSubject(picture, model, { refine });
        expect([map.width, map.height]).toEqual([picture.width, picture.height]);
        const at = ([x, y]: readonly [number, number]) =>
          map.data[Math.floor(y * map.height) * map.width + Math.floor(x * map.width)]! / 255;
        for (const place of places.subject) expect(at(place), `${refine} at ${place}`).toBeGreaterThan(0.7);
        for (const place of places.ground) expect(at(place), `${refine} at ${place}`).toBeLessThan(0.1);
        expect(boxes.length).toBeGreaterThan(0);
      }
    },
  );

  it('finds nothing in a picture of one colour', async () => {
    const plain = { width: 200, height: 150, data: new Uint8Array(3 * 200 * 150).fill(128) };
    const { boxes, map } = await findSubject(plain, model, { refine: 'none' });
    expect(Math.max(...map.data)).toBeLessThan(128);
    expect(boxes).toEqual([]);
  });
});
