import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trainSpelling } from '../../../apps/train/train-spelling.js';
import { openSpelling } from '../../../models/spelling/open-spelling.js';
import { SpellingModel } from '../../../models/spelling/spelling-model.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-spelling-'));
  for (const [language, text] of [
    ['en', 'The baker bakes bread. The bread is good, the baker says.\n'],
    ['de', 'Der Bäcker backt Brot. Das Brot ist gut.\n'],
  ] as const) {
    mkdirSync(join(folder, 'corpus', language), { recursive: true });
    writeFileSync(join(folder, 'corpus', language, 'text.txt'), text);
  }
  writeFileSync(join(folder, 'list.txt'), 'Zeppelin\nhotel\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const options = () => ({
  corpusFolder: join(folder, 'corpus'),
  output: join(folder, 'spelling.safetensors'),
  leastCount: 2,
  lists: [join(folder, 'list.txt')],
});

it('knows what the corpus repeats and the lists name, in all languages, and says so in its file', async () => {
  await trainSpelling(options());
  const model = SpellingModel.decode(readFileSync(options().output), 'test');
  for (const word of ['bread', 'BROT', 'Zeppelin', 'hotel'])
    expect(model.judge(word).known).toBe(word.length);
  expect(model.judge('bakes').known).toBe(0);
  expect(model.metadata).toMatchObject({ languages: 'de en', lists: 'list.txt', known: '6' });
  expect(model.judge('backer').logProbability).toBeGreaterThan(model.judge('bqckxr').logProbability);
});

it('opens the file of a folder of models, else the shipped one', async () => {
  await trainSpelling(options());
  expect((await openSpelling(folder)).metadata.languages).toBe('de en');
  const shipped = await openSpelling(join(folder, 'corpus'));
  expect(shipped.metadata.languages!.split(' ')).toHaveLength(12);
  expect(shipped.judge('Restaurant Open Daily').known).toBe(19);
});

it('says what it cannot read or write', async () => {
  await expect(trainSpelling({ ...options(), lists: ['missing.txt'] })).rejects.toMatchObject({
    code: 'input_not_found',
  });
  await expect(trainSpelling({ ...options(), corpusFolder: join(folder, 'none') })).rejects.toMatchObject({
    code: 'data_missing',
  });
  await expect(trainSpelling({ ...options(), output: join(folder, 'none', 'file') })).rejects.toMatchObject({
    code: 'output_unwritable',
  });
});
