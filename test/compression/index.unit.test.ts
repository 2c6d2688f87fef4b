import { expect, it } from 'vitest';
import * as library from '../../compression/index.js';

it.each([...library.PASSES.keys()])('the pass "%s" is part of the library', (name) => {
  const camelCase = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const found: unknown = library[camelCase as keyof typeof library];
  expect(found).toBe(library.PASSES.get(name));
});
