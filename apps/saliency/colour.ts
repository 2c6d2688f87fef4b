/** Colours as people write them. */
import { expected } from '../../models/base/errors.js';

/** sRGB and alpha, each in [0, 255]. */
export interface Colour {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly alpha: number;
}

export const WHITE: Colour = { red: 255, green: 255, blue: 255, alpha: 255 };

/** `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`, with or without the `#`. @throws invalid_argument */
export function parseColour(text: string, name = 'background'): Colour {
  const digits = /^#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(text.trim())?.[1];
  if (!digits)
    throw expected('invalid_argument', 'a colour as #rrggbb or #rrggbbaa', name, text, {
      remedy: 'For example #ffffff for white, #00000080 for black that is half transparent.',
    });
  const long = digits.length <= 4 ? digits.replace(/./g, '$&$&') : digits;
  const [red, green, blue, alpha] = [0, 2, 4, 6].map((at) => Number.parseInt(long.slice(at, at + 2), 16));
  return { red: red!, green: green!, blue: blue!, alpha: Number.isNaN(alpha) ? 255 : alpha! };
}
