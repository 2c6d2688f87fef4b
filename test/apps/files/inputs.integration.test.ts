import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expandInputs, type Input, outputNames } from '../../../apps/files/inputs.js';
import { readSource } from '../../../apps/files/read-source.js';
import { planOutputs } from '../../../apps/ocr/outputs.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-inputs-'));
  for (const name of [
    'page10.png',
    'page2.jpg',
    '.hidden.png',
    'notes.txt',
    'sub/scan.TIF',
    'sub/.x/a.png',
  ]) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), 'x');
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const expand = (args: string[], stdin = '') =>
  expandInputs(args, { stdin: Readable.from(stdin ? [Buffer.from(stdin)] : []), maxBytes: 1000 });
const input = (relative: string): Input => ({ source: { path: relative }, file: relative, relative });

/** Runs `work` while nobody may read a folder; the superuser, who may read everything, becomes another user for it. */
async function locked(path: string, work: () => Promise<unknown>): Promise<void> {
  const isSuperuser = process.geteuid?.() === 0;
  chmodSync(folder, 0o755);
  chmodSync(path, 0);
  if (isSuperuser) process.seteuid!(65534);
  try {
    await work();
  } finally {
    if (isSuperuser) process.seteuid!(0);
    chmodSync(path, 0o700);
  }
}

describe('expandInputs', () => {
  it('takes files as they are, also those that do not exist', async () => {
    expect(await expand(['a/b.png', 'none.jpg'])).toEqual([
      { source: { path: 'a/b.png' }, file: 'a/b.png', relative: 'b.png' },
      { source: { path: 'none.jpg' }, file: 'none.jpg', relative: 'none.jpg' },
    ]);
  });

  it('takes the images below a folder, numbers in their order, hidden ones left out', async () => {
    const found = await expand([folder]);
    expect(found.map(({ relative }) => relative)).toEqual([
      'page2.jpg',
      'page10.png',
      join('sub', 'scan.TIF'),
    ]);
    expect(found[2]!.file).toBe(join(folder, 'sub', 'scan.TIF'));
  });

  it('takes what a pattern names where the shell left it as it is', async () => {
    const names = async (...args: string[]) => (await expand(args)).map(({ relative }) => relative);
    expect(await names(join(folder, 'page*'))).toEqual(['page2.jpg', 'page10.png']);
    expect(await names(join(folder, 'page?.jpg'))).toEqual(['page2.jpg']);
    await expect(names(join(folder, 'page?'))).rejects.toMatchObject({ code: 'input_not_found' });
    await expect(names('none/*.png')).rejects.toMatchObject({ code: 'input_not_found' });
    const odd = join(folder, 'sub', 'odd (1)+*.png');
    writeFileSync(odd, 'x');
    expect(await names(odd)).toEqual(['odd (1)+*.png']);
    expect(await names(join(folder, 'sub', 'odd (1)+?.p*'))).toEqual(['odd (1)+*.png']);
    rmSync(odd);
  });

  it('takes standard input once', async () => {
    const [only] = await expand(['-'], 'bytes');
    expect(only).toMatchObject({ file: '-', relative: 'stdin' });
    expect(Buffer.from((only!.source as { bytes: Uint8Array }).bytes).toString()).toBe('bytes');
    await expect(expand(['-', '-'], 'x')).rejects.toMatchObject({ code: 'usage' });
    await expect(expand(['-'], 'x'.repeat(1001))).rejects.toMatchObject({ code: 'limit_exceeded' });
  });

  it('takes lists of names, where - and @ mean themselves', async () => {
    const list = join(folder, 'list.txt');
    writeFileSync(list, `\ufeffone.png\r\n\n@two.png\n-\n${folder}\n`);
    expect((await expand([`@${list}`])).map(({ file }) => file)).toEqual([
      'one.png',
      '@two.png',
      '-',
      ...['page2.jpg', 'page10.png', join('sub', 'scan.TIF')].map((name) => join(folder, name)),
    ]);
    expect(await expand(['@-'], 'x.png\ny.png')).toHaveLength(2);
  });

  it('has codes for what cannot be', async () => {
    await expect(expand(['@none.txt'])).rejects.toMatchObject({ code: 'input_not_found' });
    await expect(expand(['@-'], '\n\n')).rejects.toMatchObject({ code: 'input_not_found' });
    const empty = join(folder, 'empty');
    mkdirSync(empty, { recursive: true });
    await expect(expand([empty])).rejects.toMatchObject({ code: 'input_not_found' });
    await locked(empty, () => expect(expand([empty])).rejects.toMatchObject({ code: 'input_unreadable' }));
  });

  it('passes a folder that cannot be listed on to be reported, and takes its neighbours', async () => {
    const outer = join(folder, 'outer');
    mkdirSync(join(outer, 'b'), { recursive: true });
    for (const name of ['a.png', 'b/hidden.png', 'c.png']) writeFileSync(join(outer, name), 'x');
    await locked(join(outer, 'b'), async () => {
      const found = await expand([outer]);
      expect(found.map(({ relative }) => relative)).toEqual(['a.png', 'b', 'c.png']);
      await expect(readSource(found[1]!.source, 1000)).rejects.toMatchObject({ code: 'input_unreadable' });
    });
  });
});

describe('outputNames', () => {
  it('are stems, with endings or numbers where they would collide', () => {
    expect(outputNames(['a.png', 'b.png', 'sub/a.jpg'].map(input))).toEqual(['a', 'b', join('sub', 'a')]);
    expect(outputNames(['a.png', 'A.jpg', 'b.png'].map(input))).toEqual(['a.png', 'A.jpg', 'b']);
    expect(outputNames(['a.png', 'a.png', 'a.png'].map(input))).toEqual(['a.png', 'a.png-2', 'a.png-3']);
    expect(outputNames(['a.png', 'a.jpg', 'a.png.gif'].map(input))).toEqual(['a.png', 'a.jpg', 'a.png-2']);
  });
});

describe('planOutputs', () => {
  const inputs = ['a.png', 'b.png'].map(input);
  const one = [input('a.png')];

  it('writes to standard output in one format', async () => {
    expect((await planOutputs(inputs, [], undefined)).shared).toEqual([{ format: 'text', path: '-' }]);
    expect((await planOutputs(one, ['hocr'], '-')).shared).toEqual([{ format: 'hocr', path: '-' }]);
    await expect(planOutputs(one, ['text', 'json'], undefined)).rejects.toMatchObject({ code: 'usage' });
  });

  it('tells the format of a file by its ending', async () => {
    const planned = await planOutputs(inputs, [], join(folder, 'all.jsonl'));
    expect(planned.shared).toEqual([{ format: 'jsonl', path: join(folder, 'all.jsonl') }]);
    expect(planned.own).toEqual([[], []]);
    expect((await planOutputs(one, ['json'], 'x.dat')).shared).toEqual([{ format: 'json', path: 'x.dat' }]);
    expect((await planOutputs(one, [], 'plain')).shared).toEqual([{ format: 'text', path: 'plain' }]);
    await expect(planOutputs(one, [], 'x.docx')).rejects.toMatchObject({ code: 'usage' });
  });

  it('writes several formats beside each other', async () => {
    expect((await planOutputs(one, ['pdf', 'text'], 'book.pdf')).shared).toEqual([
      { format: 'pdf', path: 'book.pdf' },
      { format: 'text', path: 'book.txt' },
    ]);
  });

  it('writes a file for each input into a folder', async () => {
    const own = [
      [{ format: 'alto', path: join('new', 'a.alto.xml') }],
      [{ format: 'alto', path: join('new', 'b.alto.xml') }],
    ];
    expect((await planOutputs(inputs, ['alto'], 'new')).own).toEqual(own);
    expect((await planOutputs(one, [], folder)).own).toEqual([
      [{ format: 'text', path: join(folder, 'a.txt') }],
    ]);
    expect((await planOutputs(one, [], 'new/')).own).toEqual([
      [{ format: 'text', path: join('new', 'a.txt') }],
    ]);
    expect((await planOutputs(one, ['text', 'tsv'], 'new')).own[0]).toHaveLength(2);
  });

  it('never overwrites an input', async () => {
    await expect(planOutputs(one, ['text'], './a.png')).rejects.toMatchObject({ code: 'usage' });
  });
});
