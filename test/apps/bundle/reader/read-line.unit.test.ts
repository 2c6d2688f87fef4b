import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recognizerRules } from '../../../../apps/bundle/build/rules.js';
import { lineInput } from '../../../../apps/bundle/reader/read-line.js';
import { packageRoot } from '../../../../models/base/paths.js';
import { recognizerConfigSchema } from '../../../../models/recognizer/config.js';
import { prepareLine } from '../../../../models/recognizer/preprocess.js';

const card = join(packageRoot(), 'models', 'weights', 'recognizer', 'card.json');
const shipped = recognizerConfigSchema.parse(JSON.parse(readFileSync(card, 'utf8')).config);

describe('the input made of a crop', () => {
  it.each([undefined, { below: 128, power: 0.5 }])('is the recognizer’s own, widened by %j', (widen) => {
    const { widen: _, ...preprocessing } = shipped.preprocessing;
    const config = { ...shipped, preprocessing: { ...preprocessing, ...(widen && { widen }) } };
    const rules = recognizerRules(config);
    const crops = fc.record({
      width: fc.integer({ min: 1, max: 300 }),
      height: fc.integer({ min: 1, max: 70 }),
    });
    fc.assert(
      fc.property(crops, fc.nat(), ({ width, height }, seed) => {
        const data = Uint8Array.from({ length: width * height }, (_, i) => (i * i * 31 + seed) % 251);
        const crop = { width, height, data };
        const wanted = prepareLine(crop, config.preprocessing);
        const input = lineInput(crop, rules);
        expect([input.contentWidth, input.scale]).toEqual([wanted.width, wanted.scale]);
        for (let y = 0; y < input.height; y++) {
          const row = input.data.subarray(y * input.width, (y + 1) * input.width);
          const print = wanted.data.subarray(y * wanted.width, (y + 1) * wanted.width);
          expect(row.subarray(0, wanted.width)).toEqual(print);
          expect(row.at(-1)).toBe(Math.fround(wanted.background));
        }
      }),
      { numRuns: 40 },
    );
  });
});
