/** Parts of a text that a command writes: what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
import { PocketlensError } from '../../../models/base/errors.js';

/** @throws invalid_data where the text does not hold both marks once, in this order */
export function replaceRegion(text: string, name: string, content: string, file: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  const once = start === text.lastIndexOf(open) && end === text.lastIndexOf(close);
  if (start < 0 || end < start || !once) {
    throw new PocketlensError(
      'invalid_data',
      `Expected ${open} and then ${close} once each for ${file} but did not find them so.`,
      { remedy: 'Put both marks where the table belongs.' },
    );
  }
  return `${text.slice(0, start + open.length)}\n\n${content.trim()}\n\n${text.slice(end)}`;
}
