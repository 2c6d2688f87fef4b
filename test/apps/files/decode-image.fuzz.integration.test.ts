import { expect, it } from 'vitest';
import { decodePages } from '../../../apps/files/decode-image.js';
import { decodePicture } from '../../../apps/files/decode-picture.js';
import { PocketlensError } from '../../../models/base/errors.js';
import { Random } from '../../../models/base/random.js';
import { everyFormat } from '../ocr/pictures.js';

/** Damages a copy: flips, cuts, repeats, overwrites; always something. */
function mutate(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const span = () => {
    const from = random.int(0, copy.length - 1);
    return [from, Math.min(copy.length, from + random.int(1, Math.max(1, copy.length >> 3)))] as const;
  };
  switch (random.int(0, 5)) {
    case 0: // single bits, anywhere
      for (let i = random.int(1, 12); i > 0; i--)
        copy[random.int(0, copy.length - 1)]! ^= 1 << random.int(0, 7);
      return copy;
    case 1: // single bytes near the start, where headers are
      for (let i = random.int(1, 6); i > 0; i--)
        copy[random.int(0, Math.min(copy.length, 200) - 1)] = random.int(0, 255);
      return copy;
    case 2:
      return copy.subarray(0, random.int(1, copy.length - 1));
    case 3: {
      const [from, to] = span();
      return Buffer.concat([copy.subarray(0, from), copy.subarray(to)]);
    }
    case 4: {
      const [from, to] = span();
      return Buffer.concat([copy.subarray(0, to), copy.subarray(from)]);
    }
    default: {
      const [from, to] = span();
      return copy.fill(random.pick([0, 255, 0x41]), from, to);
    }
  }
}

it('a damaged file gives pages or a coded error, soon, and nothing else', async () => {
  const files = Object.entries(await everyFormat());
  const each = 30;
  let decoded = 0;
  let refused = 0;
  let slowest = 0;
  for (const [format, bytes] of files)
    for (let round = 0; round < each; round++) {
      const damaged = mutate(bytes, new Random(2026, format, round));
      const started = performance.now();
      // A picture is its first page in colour: it fails for no other reasons.
      await decodePicture({ bytes: damaged, name: format }, { maxPixels: 4e6, maxSeconds: 5 }).then(
        ({ data, width, height }) => expect(data.length).toBe(3 * width * height),
        (error) => expect(error, `${format} ${round}`).toBeInstanceOf(PocketlensError),
      );
      try {
        for await (const { image } of decodePages(
          { bytes: damaged, name: `${format} ${round}` },
          { maxPixels: 4e6, maxSeconds: 5 },
        ))
          expect(image.data.length).toBe(image.width * image.height);
        decoded++;
      } catch (error) {
        expect(error, `${format} ${round}`).toBeInstanceOf(PocketlensError);
        const { code, message } = error as PocketlensError;
        expect(
          ['invalid_image', 'unsupported_format', 'limit_exceeded'],
          `${format} ${round}: ${message}`,
        ).toContain(code);
        refused++;
      }
      slowest = Math.max(slowest, performance.now() - started);
    }
  expect(decoded + refused).toBe(files.length * each);
  expect(files.length * each).toBeGreaterThanOrEqual(200);
  // Both happen often: the damage is neither always fatal nor never felt.
  expect(decoded).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(100);
  expect(slowest).toBeLessThan(10_000);
});
