import { expect, it } from 'vitest';
import { PASSES } from '../../compression/index.js';

it.each([...PASSES])('the pass "%s" is part of the library', async (name, definition) => {
  const library: Record<string, unknown> = await import('../../compression/index.js');
  const camelCase = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  expect(library[camelCase]).toBe(definition);
});
