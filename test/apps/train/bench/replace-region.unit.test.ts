import { expect, test } from 'vitest';
import { replaceRegion } from '../../../../apps/train/bench/replace-region.js';

const text = '# Title\n<!-- bench:ocr -->\nold\n<!-- /bench:ocr -->\nend\n';

test('only what stands between the marks changes, and again gives the same', () => {
  const once = replaceRegion(text, 'bench:ocr', '| new $& |', 'README.md');
  expect(once).toBe('# Title\n<!-- bench:ocr -->\n\n| new $& |\n\n<!-- /bench:ocr -->\nend\n');
  expect(replaceRegion(once, 'bench:ocr', '| new $& |', 'README.md')).toBe(once);
});

test.each([
  ['no marks', 'text'],
  ['no end', '<!-- bench:ocr -->'],
  ['the wrong order', '<!-- /bench:ocr --> <!-- bench:ocr -->'],
  ['marks twice', text + text],
])('%s: refused', (_, bad) => {
  expect(() => replaceRegion(bad, 'bench:ocr', 'x', 'README.md')).toThrowError(
    /<!-- bench:ocr -->.*README\.md/,
  );
});
