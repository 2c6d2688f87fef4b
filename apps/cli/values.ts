/** Parsers of option values, for commander's third argument of `.option()`. All throw invalid_argument. */
import { expected } from '../../models/base/errors.js';
import type { Box } from '../../models/base/image.js';

/** A parser of whole numbers in [min, max]. */
export function integer(name: string, min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw expected('invalid_argument', `a whole number ${range}`, name, text);
  };
}

/** A parser of numbers in [min, max]. */
export function decimal(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= min && value <= max) return value;
    throw expected('invalid_argument', `a number from ${min} to ${max}`, name, text);
  };
}

/** A parser of `x,y,width,height` in pixels. */
export function box(name: string): (text: string) => Box {
  return (text) => {
    const parts = text
      .split(',')
      .map((part) => (/^\s*\d+(\.\d+)?\s*$/.test(part) ? Number(part) : Number.NaN));
    const [x, y, width, height] = parts as [number, number, number, number];
    if (parts.length === 4 && parts.every(Number.isFinite) && width > 0 && height > 0)
      return { x, y, width, height };
    throw expected('invalid_argument', 'x,y,width,height in pixels', name, text, {
      remedy: 'For example --region 0,0,400,200.',
    });
  };
}

/** A parser of one of several words. */
export function choice<T extends string>(name: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((value) => value === text);
    if (found) return found;
    throw expected('invalid_argument', `one of ${choices.join(', ')}`, name, text);
  };
}

/**
 * A parser of words separated by commas; may be given several times. Repeated words count once. Options with it have no
 * default: what is given would be added to it.
 */
export function choices<T extends string>(
  name: string,
  all: readonly T[],
): (text: string, before?: T[]) => T[] {
  const one = choice(name, all);
  return (text, before = []) => [...new Set([...before, ...text.split(',').map((word) => one(word.trim()))])];
}
