/** Readings as a table, `file<TAB>text` a row, with the line ends of a page's text written as `\n`. */
import { join } from 'node:path';
import { writeFileWhole } from '../../files/write-file.js';

export function formatPredictions(readings: ReadonlyMap<string, string>): string {
  const row = ([file, text]: [string, string]) => `${file}\t${text.replace(/\r?\n/g, '\\n')}\n`;
  return [...readings].map(row).join('');
}

/** Writes `FOLDER/lines/scribeocr.tsv` for the set `lines/scribeocr`. @throws output_unwritable */
export async function writePredictions(
  folder: string,
  set: string,
  readings: ReadonlyMap<string, string>,
): Promise<void> {
  const name = set
    .split(/[\\/]/)
    .filter((part) => part && !/^\.+$/.test(part))
    .slice(-2);
  await writeFileWhole(`${join(folder, ...name)}.tsv`, formatPredictions(readings));
}
