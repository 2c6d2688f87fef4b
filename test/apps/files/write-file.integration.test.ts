import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeFileWhole } from '../../../apps/files/write-file.js';
import { makeFolder } from '../../../models/base/make-folder.js';

const root = mkdtempSync(join(tmpdir(), 'pocketlens-write-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('writeFileWhole', () => {
  it('makes the folders above a file, also when several files ask for them at once', async () => {
    const names = ['1', '2', '3', '4'];
    await Promise.all(names.map((name) => writeFileWhole(join(root, 'a', 'b', name), name)));
    expect(readdirSync(join(root, 'a', 'b')).sort()).toEqual(names);
    expect(readFileSync(join(root, 'a', 'b', '3'), 'utf8')).toBe('3');
  });

  it('refuses a place below a file', async () => {
    writeFileSync(join(root, 'file'), '');
    for (const path of [join(root, 'file', 'x'), join(root, 'file', 'x', 'y')])
      await expect(writeFileWhole(path, '')).rejects.toMatchObject({ code: 'output_unwritable' });
  });

  it('takes any name that the file system takes', async () => {
    const name = `${'報告書'.repeat(27)}.txt`;
    await writeFileWhole(join(root, 'long', name), 'x');
    expect(readdirSync(join(root, 'long'))).toEqual([name]);
  });

  it.skipIf(process.platform === 'win32')('writes to where a link leads, and into a pipe', async () => {
    writeFileSync(join(root, 'real'), 'old');
    symlinkSync(join(root, 'real'), join(root, 'link'));
    await writeFileWhole(join(root, 'link'), 'new');
    expect(readFileSync(join(root, 'real'), 'utf8')).toBe('new');
    expect(lstatSync(join(root, 'link')).isSymbolicLink()).toBe(true);

    const pipe = join(root, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = await open(pipe, 'r+');
    await writeFileWhole(pipe, 'through');
    const { buffer, bytesRead } = await reader.read(Buffer.alloc(20), 0, 20);
    await reader.close();
    expect(buffer.subarray(0, bytesRead).toString()).toBe('through');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  it.runIf(existsSync('/proc/self'))('refuses a folder that takes no folders', async () => {
    await expect(writeFileWhole('/proc/none/x', '')).rejects.toMatchObject({ code: 'output_unwritable' });
  });
});

it('leaves a folder that is there as it is', async () => {
  await makeFolder(join(root, 'c'));
  writeFileSync(join(root, 'c', 'kept'), '');
  await makeFolder(join(root, 'c'));
  expect(readdirSync(join(root, 'c'))).toEqual(['kept']);
});
