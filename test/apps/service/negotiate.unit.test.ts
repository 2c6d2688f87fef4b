import { describe, expect, it } from 'vitest';
import { matchesTag } from '../../../apps/service/etag.js';
import { negotiate } from '../../../apps/service/negotiate.js';

const OFFERS = ['image/png', 'image/webp', 'application/json'] as const;

describe('negotiate', () => {
  it.each([
    [undefined, 'image/png'],
    ['*/*', 'image/png'],
    ['not a type', 'image/png'],
    ['image/webp', 'image/webp'],
    ['IMAGE/WEBP', 'image/webp'],
    ['image/png;q=0.5, image/webp', 'image/webp'],
    ['*/*;q=0.1, application/json;q=0.2', 'application/json'],
    ['image/*, image/png;q=0', 'image/webp'],
    ['text/html, image/*;q=0.8, */*;q=0.9', 'application/json'],
  ] as const)('%s → %s', (accept, wanted) => {
    expect(negotiate(accept, OFFERS)).toBe(wanted);
  });

  it('throws where nothing fits', () => {
    for (const accept of ['text/html', 'image/png;q=0', 'audio/*'])
      expect(() => negotiate(accept, ['image/png'])).toThrow(
        expect.objectContaining({ code: 'not_acceptable' }),
      );
  });
});

describe('matchesTag', () => {
  it('finds a tag in a list, weak or strong', () => {
    expect(matchesTag('"a", W/"b"', '"b"')).toBe(true);
    expect(matchesTag('"a"', '"b"')).toBe(false);
    expect(matchesTag(undefined, '"b"')).toBe(false);
    expect(matchesTag('*', '"b"')).toBe(false);
  });
});
