import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nearestName } from '../../compression/nearest-name.js';
import { PASSES } from '../../compression/passes.js';
import { PRESETS } from '../../compression/presets/presets.js';
import { loadRecipe, makePass, parseRecipe, recipeJson } from '../../compression/recipe.js';

const FOLD = { pass: 'fold-batch-norm' };

describe('a recipe', () => {
  it('becomes passes in order, and JSON again that says the same', () => {
    const recipe = parseRecipe({
      name: 'mine',
      floor: { maxLoss: 0.5 },
      passes: [
        { ...FOLD, check: false },
        { pass: 'quantize', weights: { bits: 4 }, activations: 'none' },
      ],
    });
    expect(recipe.steps.map(({ pass, check }) => [pass.name, check])).toEqual([
      ['fold-batch-norm', false],
      ['quantize', true],
    ]);
    expect(recipe.steps[1]!.pass.options).toMatchObject({ weights: { bits: 4, granularity: 'channel' } });
    const again = parseRecipe(JSON.parse(JSON.stringify(recipeJson(recipe))));
    expect(recipeJson(again)).toEqual(recipeJson(recipe));
  });

  it.each([
    ['a pass nearly named', { name: 'a', passes: [{ pass: 'quantise' }] }, 'Did you mean "quantize"?'],
    ['a pass of no such name', { name: 'a', passes: [{ pass: 'xyzzyxyzzy' }] }, 'Passes: fold-batch-norm'],
    ['an option nearly named', { name: 'a', passes: [{ pass: 'quantize', weight: {} }] }, '"weights"?'],
    [
      'an option of a pass that has none',
      { name: 'a', passes: [{ ...FOLD, bits: 8 }] },
      'It takes no options.',
    ],
    ['a wrong value', { name: 'a', passes: [{ pass: 'quantize', weights: { bits: 99 } }] }, 'weights.bits'],
    ['no passes', { name: 'a', passes: [] }, 'passes'],
    ['a field too many', { name: 'a', passes: [FOLD], flor: {} }, 'flor'],
    ['a floor that is no number', { name: 'a', floor: { maxLoss: 'x' }, passes: [FOLD] }, 'floor.maxLoss'],
    ['a name that is a path', { name: '../a', passes: [FOLD] }, 'name'],
    ['something else', 7, 'recipe'],
  ])('is refused for %s', (_, value, hint) => {
    let line = '';
    try {
      parseRecipe(value);
    } catch (error) {
      line = (error as { toLine(): string }).toLine();
    }
    expect(line).toMatch(/^invalid_config: Expected /);
    expect(line).toContain(hint);
  });

  it('is found by the name of a preset or read from a file', async () => {
    expect((await loadRecipe('accurate')).name).toBe('accurate');
    const folder = await mkdtemp(join(tmpdir(), 'recipe-'));
    await writeFile(join(folder, 'good.json'), JSON.stringify({ name: 'good', passes: [FOLD] }));
    await writeFile(join(folder, 'bad.json'), '{');
    expect((await loadRecipe(join(folder, 'good.json'))).steps).toHaveLength(1);
    await expect(loadRecipe(join(folder, 'bad.json'))).rejects.toMatchObject({ code: 'invalid_config' });
    await expect(loadRecipe('balansed')).rejects.toMatchObject({
      code: 'input_not_found',
      remedy: 'Did you mean "balanced"?',
    });
  });
});

describe('presets', () => {
  it.each(Object.entries(PRESETS))('%s is valid and named so', (name, recipe) => {
    expect(parseRecipe(recipe).name).toBe(name);
  });
});

describe('passes', () => {
  it('have the name that they are found by, and a sentence', () => {
    expect(PASSES.size).toBeGreaterThan(3);
    for (const [name, definition] of PASSES) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(definition.passName).toBe(name);
      expect(definition.summary).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('are made from options that are serialisable', () => {
    const { options } = makePass('quantize');
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
  });
});

describe('nearestName', () => {
  it('finds a slip of the pen, and nothing far away', () => {
    expect(nearestName('prune-chanels', ['quantize', 'prune-channels'])).toBe('prune-channels');
    expect(nearestName('zzz', ['quantize', 'prune-channels'])).toBeUndefined();
    expect(nearestName('a', [])).toBeUndefined();
  });
});
