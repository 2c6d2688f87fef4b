import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ppocr } from '../../../../apps/train/bench/peers/ppocr.js';
import { splitPages, tesseract } from '../../../../apps/train/bench/peers/tesseract.js';
import { runProcess } from '../../../../apps/train/bench/process.js';
import { temporaryFolder } from './label-folders.js';

const folder = temporaryFolder();

/** A program of our own that behaves as another one does. */
function program(name: string, code: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `#!${process.execPath}\n${code}`);
  chmodSync(path, 0o755);
  return path;
}

test('programs that are not there are told by tool_missing', async () => {
  const nowhere = join(folder, 'nowhere');
  await expect(tesseract({ threads: 1, command: nowhere }).describe()).rejects.toMatchObject({
    code: 'tool_missing',
  });
  await expect(ppocr({ threads: 1, python: nowhere }).describe()).rejects.toMatchObject({
    code: 'tool_missing',
  });
  const without = program('python-without', 'process.exit(3);');
  await expect(ppocr({ threads: 1, python: without }).describe()).rejects.toMatchObject({
    code: 'tool_missing',
    message: 'Expected rapidocr for Python but found none.',
  });
});

test("Tesseract's list of files is taken apart, and goes on behind a file that ends its run", async () => {
  const command = program(
    'tesseract',
    `import { readFileSync } from 'node:fs';
     const files = readFileSync(process.argv[2], 'utf8').trim().split('\\n');
     for (const [i, file] of files.entries()) {
       process.stderr.write(\`Page \${i} : \${file}\\nEstimating resolution as 200\\n\`);
       if (file.includes('bad')) process.exit(1);
       await new Promise((done) => setTimeout(done, file.includes('slow') ? 120 : 0));
       process.stdout.write((i ? '\\f' : '') + (file.includes('blank') ? '' : file.split('/').at(-1) + '\\n'));
     }`,
  );
  const session = await tesseract({ threads: 1, command }).open('lines');
  const readings = await session.read(['/x/slow', '/x/blank', '/x/bad', '/x/last']);
  await session.close();
  expect(readings.map(({ text }) => text)).toEqual(['slow', '', '', 'last']);
  expect(readings[0]!.seconds).toBeGreaterThan(0.1);
  expect(readings[1]!.seconds).toBeLessThan(readings[0]!.seconds);
});

test('form feeds stand between the texts of pages', () => {
  expect(splitPages('a\n\f\fb\n', 3, false)).toEqual(['a', '', 'b']);
  expect(splitPages('', 1, false)).toEqual(['']);
  expect(splitPages('a\n', 2, true)).toEqual(['a', '']);
});

test('PP-OCR answers image by image; its end is an error', async () => {
  const python = program(
    'python',
    `import { createInterface } from 'node:readline';
     for await (const path of createInterface({ input: process.stdin })) {
       if (path === 'end') { console.error('out of memory'); process.exit(1); }
       console.log(JSON.stringify({ text: path + '!', confidence: 0.5, seconds: 1, cpuSeconds: 2 }));
     }`,
  );
  const session = await ppocr({ threads: 1, python }).open('pages');
  expect(await session.read(['a', 'ü'])).toEqual([
    { text: 'a!', confidence: 0.5, seconds: 1, cpuSeconds: 2 },
    { text: 'ü!', confidence: 0.5, seconds: 1, cpuSeconds: 2 },
  ]);
  await expect(session.read(['end'])).rejects.toThrowError(/out of memory/);
  await session.close();
});

test.runIf(process.platform === 'linux')('peak memory is the high-water mark, not what is left', async () => {
  const code =
    'let b = Buffer.alloc(150e6, 1); setTimeout(() => { b = undefined; }, 50); setTimeout(() => {}, 100);';
  const { peakBytes } = await runProcess({ command: process.execPath, args: ['-e', code] }, { memory: true });
  expect(peakBytes).toBeGreaterThan(150e6);
  expect(peakBytes).toBeLessThan(400e6);
});
