import { expect, it } from 'vitest';
import { unknownCharacters } from '../../../apps/ocr/allowlist.js';

it('tells what the model cannot read of an allowlist, and refuses one of which it can read nothing', async () => {
  expect(await unknownCharacters('0123 €é')).toBe('');
  // Composed characters count as the one that they make.
  expect(await unknownCharacters('e\u0301')).toBe('');
  expect(await unknownCharacters('1漢漢2字')).toBe('漢字');
  await expect(unknownCharacters('漢字')).rejects.toMatchObject({ code: 'invalid_argument' });
  await expect(unknownCharacters('1', 'nowhere')).rejects.toMatchObject({ code: 'model_not_found' });
});
