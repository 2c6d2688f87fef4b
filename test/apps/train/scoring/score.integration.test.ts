/** Our figures against the reference script that lies beside the data sets. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadLabels } from '../../../../apps/train/scoring/labels.js';
import { scoreSet } from '../../../../apps/train/scoring/score.js';
import { findDataFolder } from '../../../../models/base/paths.js';
import { Random } from '../../../../models/base/random.js';

const data = findDataFolder();
const script = data && join(data, '..', 'tools', 'score_ocr.py');
const reason =
  !script || !existsSync(script)
    ? 'tools/score_ocr.py is not there'
    : hasPython()
      ? ''
      : 'python3 is missing';
if (reason) console.warn(`Skipped the comparison with the reference script: ${reason}.`);

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', '']);
    return true;
  } catch {
    return false;
  }
}

function sets(): string[] {
  if (!data) return [];
  return ['lines', 'words', 'pages'].flatMap((kind) => {
    const folder = join(data, 'ocr', 'dev', kind);
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  });
}

const LETTERS = [...'aeiost AEIOST01.,-–’“”ſ¬é\u00a0´`″½\u{1d11e}'];

/** Small random edits, so that every figure of a set is neither 0 nor 100. */
function corrupt(text: string, random: Random): string {
  const rate = random.pick([0, 0, 0.02, 0.1, 0.5]);
  let out = '';
  for (const character of text) {
    if (!random.chance(rate)) out += character;
    else
      out += random.pick([
        '',
        random.pick(LETTERS),
        character + random.pick(LETTERS),
        character.toUpperCase(),
      ]);
  }
  return random.chance(0.02) ? out.repeat(3) : out;
}

describe.skipIf(reason !== '')('reference script', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'score-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(sets())('agrees to the last digit on %s', (path) => {
    const labels = loadLabels(path);
    const random = new Random(7, labels.kind, labels.name);
    const table = join(folder, 'predictions.tsv');
    // The script's own edit distance is quadratic: pages are cut to their first characters.
    const most = labels.kind === 'pages' ? 300 : Number.POSITIVE_INFINITY;
    const readings = new Map<string, string>();
    for (const { file, text } of labels.samples) {
      if (random.chance(0.98)) readings.set(file, corrupt([...text].slice(0, most).join(''), random));
    }
    const rows = [...readings].map(([file, text]) => `${file}\t${text.replaceAll('\n', '\\n')}\n`);
    writeFileSync(table, rows.join(''));
    const reference = JSON.parse(
      execFileSync('python3', [script as string, path, table], { encoding: 'utf8' }),
    );
    const score = scoreSet(labels, readings);
    expect({
      set: score.set,
      kind: score.kind,
      n: score.n,
      missing: score.missing,
      cer: score.cer,
      ...(score.kind === 'pages' ? { median_cer: score.medianCer, word_f1: score.wordF1 } : {}),
      ...(score.kind === 'lines' ? { exact: score.exact } : {}),
      ...(score.kind === 'words' ? { exact: score.accuracy } : {}),
    }).toEqual(reference);
  });
});
