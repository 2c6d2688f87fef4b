import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { levenshtein } from '../../../apps/train/scoring/levenshtein.js';
import { packageRoot } from '../../../models/base/paths.js';

/** Most character errors, as a share of the expected text, that are let pass: those of a photograph are not all avoidable. */
const MOST_ERRORS: Readonly<Record<string, number>> = {
  'receipt.jpg': 0.02,
  'scanned-page.png': 0.02,
  'sign.jpg': 0.02,
  'screenshot.png': 0.02,
  'selftest.png': 0,
};

/** Read by the tests of `pocketlens saliency`; there is no text in them. */
const PHOTOGRAPHS = ['coffee.jpg', 'dog.jpg'];

const samples = join(packageRoot(), 'samples');
const plain = (text: string) => text.split(/\s+/).filter(Boolean).join(' ');
const expectedText = (file: string) =>
  plain(readFileSync(join(samples, 'expected', `${file.slice(0, -extname(file).length)}.txt`), 'utf8'));

function pocketlens(...args: string[]) {
  const bin = join(packageRoot(), 'apps', 'cli', 'bin.mjs');
  return spawnSync(process.execPath, [bin, ...args], { cwd: packageRoot(), encoding: 'utf8' });
}

describe('the samples', () => {
  it('are all tested', () => {
    const pictures = readdirSync(samples).filter((file) => /\.(png|jpg)$/.test(file));
    expect(pictures.sort()).toEqual([...Object.keys(MOST_ERRORS), ...PHOTOGRAPHS].sort());
  });

  for (const [file, most] of Object.entries(MOST_ERRORS)) {
    it(`${file} is read with at most ${most * 100} % of characters wrong`, () => {
      const { status, stdout, stderr } = pocketlens('ocr', `samples/${file}`, '--format', 'json');
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const [document] = [JSON.parse(stdout)].flat() as { file: string; text: string }[];
      expect(document!.file).toBe(`samples/${file}`);
      const [read, wanted] = [plain(document!.text), expectedText(file)];
      const errors = levenshtein(read, wanted);
      // Where it fails, the difference is what one wants to see.
      if (errors > most * [...wanted].length) expect(read).toBe(wanted);
    });
  }

  it('are read by the command of the README, as text on standard output', () => {
    const { status, stdout } = pocketlens('ocr', 'samples/receipt.jpg');
    expect(status).toBe(0);
    expect(stdout).toContain('FERNWICK GROCERS');
    expect(stdout).toContain('17.73');
  });

  it('hold the picture of the self-test, which passes', () => {
    expect(plain(readFileSync(join(samples, 'selftest.txt'), 'utf8'))).toBe(expectedText('selftest.png'));
    const { status, stdout } = pocketlens('selftest');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'ok\n' });
  });
});
