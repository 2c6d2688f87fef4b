import { expect, it } from 'vitest';
import { atFullSize } from '../../../apps/ocr/full-size.js';
import { clipRegion, onDecoded } from '../../../apps/ocr/region.js';
import type { PocketlensError } from '../../../models/base/errors.js';
import { quadAt } from './sample-document.js';

it('brings what was read on a shrunk page to the size of the file', () => {
  const quad = quadAt(10, 20, 30, 8);
  const line = { text: 'a', quad, confidence: 0.9, words: [{ text: 'a', quad, confidence: 0.9 }] };
  const read = {
    ...({ width: 50, height: 40, rotation: 0, skew: 0 } as const),
    blocks: [{ quad, paragraphs: [{ lines: [line] }] }],
  };
  const page = atFullSize(read, { page: 3, scale: { x: 0.5, y: 0.5 }, width: 100, height: 80 });
  expect(page).toMatchObject({ number: 3, width: 100, height: 80 });
  expect(page.blocks[0]!.paragraphs[0]!.lines[0]!.words[0]!.quad).toEqual(quadAt(20, 40, 60, 16));
  expect(atFullSize(read, { page: 1, scale: { x: 1, y: 1 }, width: 50, height: 40 }).blocks).toBe(
    read.blocks,
  );
  // A fax has been stretched.
  const fax = atFullSize(read, { page: 1, scale: { x: 1, y: 2 }, width: 50, height: 20 });
  expect(fax.blocks[0]!.quad).toEqual(quadAt(10, 10, 30, 4));
});

it('takes a region in pixels of the file', () => {
  const region = { x: 10, y: 20, width: 30, height: 8 };
  expect(onDecoded(region, { width: 100, height: 80, scale: { x: 0.5, y: 1.5 } })).toEqual({
    x: 5,
    y: 30,
    width: 15,
    height: 12,
  });
});

it('refuses a region outside of the page in the words of who gave it, shrunk or not', () => {
  const region = { x: 120, y: 0, width: 10, height: 10 };
  const message = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as PocketlensError).toLine();
    }
    return undefined;
  };
  const refused = message(() => onDecoded(region, { width: 100, height: 80, scale: { x: 0.5, y: 0.5 } }));
  expect(refused).toMatch(/^invalid_argument: .* 100 × 80 pixels for the region but received "120,0,10,10"/);
  expect(message(() => clipRegion({ width: 100, height: 80, data: new Uint8Array(8000) }, region))).toBe(
    refused,
  );
});
