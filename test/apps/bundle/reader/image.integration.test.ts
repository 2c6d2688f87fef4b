import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { toGrey } from '../../../../apps/bundle/reader/image.js';

/** The grey of an RGBA picture as the command decodes it. */
async function decoded(data: Uint8Array, width: number, height: number) {
  const raw = await sharp(data, { raw: { width, height, channels: 4 } })
    .flatten({ background: '#ffffff' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer();
  return new Uint8Array(raw);
}

describe('grey', () => {
  it('is to the bit what the command decodes, for every 15th colour', async () => {
    const levels = Array.from({ length: 18 }, (_, i) => 15 * i);
    const data = Uint8Array.from(
      levels.flatMap((r) => levels.flatMap((g) => levels.flatMap((b) => [r, g, b, 255]))),
    );
    const [width, height] = [18 * 18, 18];
    expect(toGrey({ width, height, data }).data).toEqual(await decoded(data, width, height));
  });

  it('lays every grey of every opacity on white as the command does', async () => {
    const data = Uint8Array.from({ length: 4 << 16 }, (_, i) => (i % 4 === 3 ? i >> 10 : (i >> 2) & 255));
    expect(toGrey({ width: 256, height: 256, data }).data).toEqual(await decoded(data, 256, 256));
  });
});
