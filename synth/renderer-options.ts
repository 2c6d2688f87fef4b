/** What the renderers of lines and of pages are both told, and the checks of it. */
import { expected } from '../models/base/errors.js';

/** Plain data, so that worker threads can be given it. */
export interface RendererOptions {
  readonly seed: number;
  /** Folder with an index.json or any fonts (see fonts/README.md). */
  readonly fontFolder: string;
  /** Folder with textures and their index.json; without it backgrounds are plain or gradients. */
  readonly textureFolder?: string;
  readonly corpusFolder: string;
  /** The characters that labels may hold. */
  readonly charset: string;
  /** Scales every distortion and degradation, 0 (none) to 1. Default 1. */
  readonly strength?: number;
}

/** @throws invalid_argument */
export function checkStrength(strength: number): void {
  if (!(strength >= 0 && strength <= 1)) throw expected('invalid_argument', '0 to 1', 'strength', strength);
}

/**
 * How often each kind of thing is drawn: the built-in weights, or the chosen ones with 0 for what is not named.
 * @param what singular of the option's name
 * @throws invalid_argument for an unknown name, a negative weight, or no positive one
 */
export function chosenWeights<Name extends string>(
  what: string,
  builtIn: Readonly<Record<Name, number>>,
  chosen: Readonly<Partial<Record<Name, number>>> | undefined,
): Record<Name, number> {
  if (!chosen) return { ...builtIn };
  const names = Object.keys(builtIn) as Name[];
  for (const [name, weight] of Object.entries<number | undefined>(chosen)) {
    if (!names.includes(name as Name) || !(weight !== undefined && weight >= 0))
      throw expected('invalid_argument', `weights of ${names.join(', ')}`, `${what}s`, `${name}: ${weight}`);
  }
  const weights = Object.fromEntries(names.map((name) => [name, chosen[name] ?? 0])) as Record<Name, number>;
  if (!Object.values<number>(weights).some((weight) => weight > 0))
    throw expected('invalid_argument', `a ${what} with a positive weight`, `${what}s`, 'none');
  return weights;
}
