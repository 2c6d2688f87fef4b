/** Puts a table into a file between its marks. */
import { readSource } from '../../files/read-source.js';
import { replaceRegion } from './replace-region.js';

const MOST_BYTES = 16 * 1024 * 1024;

/** @returns the file's new text. @throws invalid_data where the marks are missing, and what reading the file throws */
export async function fillRegion(path: string, region: string, content: string): Promise<string> {
  const text = new TextDecoder().decode(await readSource({ path }, MOST_BYTES));
  return replaceRegion(text, region, content, path);
}
