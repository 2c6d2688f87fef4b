/** Recipes: an ordered list of passes with their options, as JSON. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { expected, PocketlensError } from '../models/base/errors.js';
import { nearestName } from './nearest-name.js';
import type { Pass, PassDefinition } from './pass.js';
import { PASSES } from './passes.js';
import { PRESETS } from './presets/presets.js';

/**
 * ```json
 * { "name": "mine", "floor": { "maxLoss": 0.5 }, "passes": [{ "pass": "fold-batch-norm" }] }
 * ```
 * `maxLoss`: points of quality below the parent at which the run stops. A step with `"check": false` may go below it, as
 * long as a later one comes back.
 */
const recipeSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]{1,80}$/, 'expected letters, digits, dots and hyphens'),
  floor: z.strictObject({ maxLoss: z.number().min(0) }).optional(),
  passes: z.array(z.looseObject({ pass: z.string(), check: z.boolean().optional() })).min(1),
});

export type RecipeJson = z.input<typeof recipeSchema>;

export interface RecipeStep {
  readonly pass: Pass;
  /** Whether the accuracy floor holds after it. */
  readonly check: boolean;
}

export interface Recipe {
  readonly name: string;
  readonly floor?: { readonly maxLoss: number };
  readonly steps: readonly RecipeStep[];
}

/** @throws invalid_config naming the first pass or option that is wrong, and what was probably meant */
export function parseRecipe(
  value: unknown,
  where = 'the recipe',
  passes: ReadonlyMap<string, PassDefinition> = PASSES,
): Recipe {
  const parsed = recipeSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const field = issue.path.map(String).join('.') || 'it';
    throw new PocketlensError(
      'invalid_config',
      `Expected a valid recipe in ${where} but ${field}: ${issue.message}.`,
      {
        remedy:
          'A recipe is {"name": "…", "floor": {"maxLoss": points}, "passes": [{"pass": "…", …options}]}.',
      },
    );
  }
  const { name, floor, passes: list } = parsed.data;
  const steps = list.map(({ pass, check = true, ...options }) => ({
    pass: makePass(pass, options, passes),
    check,
  }));
  return { name, ...(floor && { floor }), steps };
}

/** @throws invalid_config for an unknown pass or option */
export function makePass(
  name: string,
  options: Readonly<Record<string, unknown>> = {},
  passes: ReadonlyMap<string, PassDefinition> = PASSES,
): Pass {
  const definition = passes.get(name);
  if (!definition) {
    throw expected('invalid_config', 'the name of a pass', '"pass"', name, {
      remedy: didYouMean(name, passes.keys(), 'Passes'),
    });
  }
  const { schema } = definition;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined;
  const unknown = known && Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw expected('invalid_config', 'an option of the pass', `"${name}"`, unknown, {
      remedy: known!.length > 0 ? didYouMean(unknown, known!, 'Options') : 'It takes no options.',
    });
  }
  return definition(options as never);
}

function didYouMean(name: string, names: Iterable<string>, what: string): string {
  const all = [...names];
  const near = nearestName(name, all);
  return near === undefined ? `${what}: ${all.join(', ')}.` : `Did you mean "${near}"?`;
}

/** A preset by its name, or a file. @throws input_not_found, invalid_config */
export async function loadRecipe(source: string): Promise<Recipe> {
  if (Object.hasOwn(PRESETS, source)) return parseRecipe(PRESETS[source], `the preset "${source}"`);
  let text: string;
  try {
    text = await readFile(source, 'utf8');
  } catch (cause) {
    throw expected('input_not_found', 'a file or a preset', 'the recipe', source, {
      remedy: didYouMean(source, Object.keys(PRESETS), 'Presets'),
      cause,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PocketlensError('invalid_config', `Expected JSON in ${source} but it does not parse.`, {
      remedy: 'A recipe is {"name": "…", "passes": [{"pass": "…"}]}.',
      cause,
    });
  }
  return parseRecipe(value, source);
}

/** The recipe as JSON, every default filled in. */
export function recipeJson({ name, floor, steps }: Recipe): RecipeJson {
  return {
    name,
    ...(floor && { floor }),
    passes: steps.map(({ pass, check }) => ({
      pass: pass.name,
      ...(!check && { check }),
      ...pass.options,
    })),
  };
}
