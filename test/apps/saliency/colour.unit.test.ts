import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onBackdrop } from '../../../apps/saliency/backdrop.js';
import { parseColour } from '../../../apps/saliency/colour.js';

describe('parseColour', () => {
  it('reads what people write', () => {
    expect(parseColour('#ff8000')).toEqual({ red: 255, green: 128, blue: 0, alpha: 255 });
    expect(parseColour('0a0B0c80')).toEqual({ red: 10, green: 11, blue: 12, alpha: 128 });
    expect(parseColour(' #f80 ')).toEqual({ red: 255, green: 136, blue: 0, alpha: 255 });
    expect(parseColour('#f808')).toEqual({ red: 255, green: 136, blue: 0, alpha: 136 });
  });

  it('refuses all else', () => {
    for (const text of ['', '#', 'red', '#12', '#12345', '#1234567', '#123456789', '#gggggg', '##ffffff'])
      expect(() => parseColour(text, '--background'), text).toThrow(/--background/);
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^\s*#?[0-9a-f]+\s*$/i.test(text));
        expect(() => parseColour(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
      }),
    );
  });
});

describe('onBackdrop', () => {
  const dot = (grey: number, alpha: number) => ({
    width: 2,
    height: 1,
    data: new Uint8Array([grey, grey, grey, 9, 9, 9]),
    alpha: new Uint8Array([alpha, 0]),
  });

  it('lays dark things on white and light ones on dark grey', () => {
    expect([...onBackdrop(dot(20, 255)).data]).toEqual([20, 20, 20, 255, 255, 255]);
    expect([...onBackdrop(dot(250, 255)).data]).toEqual([250, 250, 250, 48, 48, 48]);
    expect(onBackdrop(dot(0, 51)).data[0]).toBe(204);
    expect([...onBackdrop(dot(0, 0)).data]).toEqual([255, 255, 255, 255, 255, 255]);
  });

  it('leaves opaque pictures alone', () => {
    const { alpha: _, ...opaque } = dot(1, 1);
    expect(onBackdrop(opaque)).toBe(opaque);
  });
});
