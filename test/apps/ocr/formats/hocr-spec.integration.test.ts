/** hOCR against the rules of its specification (1.2), as the Python package `hocr-spec` checks them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hocr } from '../../../../apps/ocr/formats/hocr.js';
import { documentOf, lineAt, pageOf, smallDocument, TEXT_CONTEXT } from '../sample-document.js';

const python = process.env.POCKETLENS_PYTHON || 'python3';
const without = process.env.CI ? '' : lacking();
if (without) console.warn(`Skipped the check of hOCR: ${without}.`);

function lacking(): string {
  try {
    execFileSync(python, ['-W', 'ignore', '-c', 'import hocr_spec'], { stdio: 'ignore', timeout: 60_000 });
    return '';
  } catch {
    return `${python} with hocr-spec is missing`;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'pocketlens-hocr-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the validator complains of, without the two properties that Tesseract has beside the specification's. */
function complaints(text: string): string[] {
  const file = join(folder, 'page.hocr');
  writeFileSync(file, text.replace(/; x_(size|conf) [\d.]+/g, ''));
  const run = ['-W', 'ignore', '-c', 'from hocr_spec.cli import main; main()', '--parse-strict', file];
  const { stdout, stderr, status } = spawnSync(python, run, { encoding: 'utf8', timeout: 60_000 });
  const lines = stdout.split('\n').filter((line) => /\[(ERROR|WARN)\]/.test(line));
  if (status !== 0 && lines.length === 0) throw new Error(stderr.trim().split('\n').at(-1));
  return lines;
}

const written = (...documents: ReturnType<typeof smallDocument>[]) =>
  hocr.write(documents, TEXT_CONTEXT) as string;

describe.skipIf(without)('hOCR by its specification', () => {
  it('is valid: pages, turned lines, characters, nothing at all', () => {
    const line = lineAt('a<b', 10, 20);
    const word = line.words[0]!;
    const characters = [...word.text].map((text) => ({ text, quad: word.quad, confidence: 0.5 }));
    const turned = [-90, 90, 180, 5].map((degrees) => [[lineAt('turned words', 300, 300, 20, degrees)]]);
    const pages = [
      pageOf([[[{ ...line, words: [{ ...word, characters }] }]]], { number: 1 }),
      pageOf(turned, { number: 2 }),
      pageOf([], { number: 3 }),
    ];
    expect(complaints(written(smallDocument(), documentOf(pages)))).toEqual([]);
  });

  it('is what the validator looks at', () => {
    expect(complaints(written(smallDocument()).replace('"ocr-system"', '"system"'))).not.toEqual([]);
    expect(complaints(written(smallDocument()).replace('bbox 0 0 800', 'bbox 0 0 wide'))).not.toEqual([]);
  });
});
