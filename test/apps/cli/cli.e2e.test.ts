import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../apps/cli/commands.js';
import { packageRoot } from '../../../models/base/paths.js';
import { bars } from '../ocr/pictures.js';

const bin = join(packageRoot(), 'apps', 'cli', 'bin.mjs');
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-cli-'));
  writeFileSync(join(folder, 'a.png'), await bars().png().toBuffer());
  writeFileSync(join(folder, 'bad.png'), 'no image at all\n');
  writeFileSync(join(folder, 'empty.png'), '');
  writeFileSync(join(folder, 'cut.jpg'), (await bars().jpeg().toBuffer()).subarray(0, 300));
  writeFileSync(
    join(folder, 'huge.svg'),
    '<svg xmlns="http://www.w3.org/2000/svg" width="50000" height="50000"/>',
  );
  // Compiles what changed, so that the runs below start at once.
  await pocketlens(['--version']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(args: string[], options: { env?: Record<string, string | undefined> } = {}) {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    env: { ...process.env, ...options.env },
  });
  return { child, ended: collect(child) };
}

async function collect(child: ChildProcess): Promise<Run> {
  let [stdout, stderr] = ['', ''];
  child.stdout!.on('data', (data) => (stdout += data));
  child.stderr!.on('data', (data) => (stderr += data));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

function pocketlens(
  args: string[],
  options: { env?: Record<string, string>; stdin?: Uint8Array } = {},
): Promise<Run> {
  const { child, ended } = start(args, options);
  child.stdin!.end(options.stdin);
  return ended;
}

/** One line on stderr that names the code, nothing on stdout, no stack. */
function expectError(run: Run, exit: number, code: string): void {
  expect(run.stderr).toMatch(new RegExp(`^pocketlens: ${code}: [^\\n]+\\n$`));
  expect(run.stderr).not.toMatch(/\n\s+at |node:internal/);
  expect(run.stdout).toBe('');
  expect(run.code).toBe(exit);
}

describe('pocketlens', () => {
  it('says its version, and helps, on standard output', async () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
    expect(await pocketlens(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const help = await pocketlens(['--help']);
    expect([help.code, help.stderr]).toEqual([0, '']);
    for (const { name, summary } of COMMANDS) {
      expect(help.stdout).toContain(`  ${name} `);
      expect(help.stdout.replace(/\s+/g, ' ')).toContain(summary);
    }
    for (const args of [
      ['ocr', '--help'],
      ['help', 'ocr'],
    ]) {
      const { stdout, code } = await pocketlens(args);
      expect(code).toBe(0);
      expect(stdout).toContain('--min-confidence');
    }
  });

  it('exits with 64 for wrong usage', async () => {
    expectError(await pocketlens(['orc']), 64, 'usage');
    expectError(await pocketlens(['ocr']), 64, 'usage');
    expectError(await pocketlens(['ocr', '--fromat', 'json', 'a.png']), 64, 'usage');
    expectError(await pocketlens(['ocr', 'a.png', '--format', 'text,json']), 64, 'usage');
    expectError(await pocketlens(['ocr', 'a.png', '-o', 'a.docx']), 64, 'usage');
    const none = await pocketlens([]);
    expect([none.code, none.stdout]).toEqual([64, '']);
    expect(none.stderr).toContain('Usage: pocketlens');
  });

  it('exits with 65 for bad values', async () => {
    expectError(await pocketlens(['ocr', '--format', 'word', 'a.png']), 65, 'invalid_argument');
    expectError(await pocketlens(['ocr', '--region', '1,2,3', 'a.png']), 65, 'invalid_argument');
    expectError(await pocketlens(['ocr', '--min-confidence', '2', 'a.png']), 65, 'invalid_argument');
    expectError(await pocketlens(['ocr', '--jobs', '0', 'a.png']), 65, 'invalid_argument');
    expectError(await pocketlens(['ocr', '--allowlist', '', 'a.png']), 65, 'invalid_argument');
    expectError(await pocketlens(['bench', 'compression', '--shipped']), 65, 'invalid_argument');
    expectError(await pocketlens(['ocr', '--allowlist', '漢字', 'a.png']), 65, 'invalid_argument');
    const partly = await pocketlens(['ocr', '--allowlist', '漢0', 'a.png']);
    expect(partly.stderr).toMatch(/^The model cannot read .*: 漢\n$/);
    expect(partly.code).toBe(0);
  });

  it('exits with 66 for bad input', async () => {
    expectError(await pocketlens(['ocr', 'none.png']), 66, 'input_not_found');
    expectError(await pocketlens(['ocr', 'bad.png']), 66, 'unsupported_format');
    expectError(await pocketlens(['ocr', 'empty.png']), 66, 'invalid_image');
    expectError(await pocketlens(['ocr', 'cut.jpg']), 66, 'invalid_image');
    expectError(await pocketlens(['ocr', '-'], { stdin: new Uint8Array(0) }), 66, 'invalid_image');
    expectError(await pocketlens(['ocr', '@none.txt']), 66, 'input_not_found');
    mkdirSync(join(folder, 'nothing'));
    expectError(await pocketlens(['ocr', 'nothing']), 66, 'input_not_found');
    if (process.getuid?.() === 0) return;
    chmodSync(join(folder, 'nothing'), 0);
    expectError(await pocketlens(['ocr', 'nothing']), 66, 'input_unreadable');
  });

  it('exits with 68 for a missing model, 69 beyond a limit', async () => {
    expectError(await pocketlens(['ocr', 'a.png', '--model', 'nowhere']), 68, 'model_not_found');
    expectError(await pocketlens(['ocr', 'huge.svg']), 69, 'limit_exceeded');
    expectError(await pocketlens(['ocr', 'a.png', '--max-pixels', '100']), 69, 'limit_exceeded');
    const small = await pocketlens(['ocr', 'a.png', '--max-bytes', '100']);
    expectError(small, 69, 'limit_exceeded');
    expect(small.stderr).toContain('at most 100 bytes for a.png');
  });

  it('reports each bad file among several, and exits with 1', async () => {
    const { code, stdout, stderr } = await pocketlens([
      'ocr',
      'bad.png',
      'empty.png',
      '-o',
      'out.txt',
      '--jobs',
      '1',
    ]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const codes = stderr
      .trimEnd()
      .split('\n')
      .map((line) => /^pocketlens: (\w+): /.exec(line)?.[1]);
    expect(codes).toEqual(['unsupported_format', 'invalid_image', 'some_failed']);
    expect(readdirSync(folder)).not.toContain('out.txt');
  });

  it('bears a long command line, and ONNX Runtime keeps no record of its use', async () => {
    // Where nobody declined its telemetry, the library matched 80 kB of names by recursion. It declines itself in CI.
    const home = join(folder, 'home');
    mkdirSync(home);
    const env = { HOME: home, XDG_CACHE_HOME: undefined, ORT_DISABLE_TELEMETRY: undefined };
    const ci = Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => /^CI$|^CI_|BUILD|^GITHUB_|^GITLAB_|^TEAMCITY|^JENKINS|^TRAVIS|^CIRCLE/.test(name))
        .map((name) => [name, undefined]),
    );
    const names = Array.from({ length: 20 }, () => `${'./'.repeat(2000)}a.png`);
    for (const jobs of ['1', '2']) {
      const run = start(['ocr', ...names, '--jobs', jobs], { env: { ...env, ...ci } });
      expect([(await run.ended).code, run.child.signalCode]).toEqual([0, null]);
    }
    const written = readdirSync(home, { recursive: true }).map(String);
    expect(written.filter((name) => /microsoft|onnx/i.test(name))).toEqual([]);
  });

  it('shows stacks only under --verbose, and colours only on terminals', async () => {
    const { stderr } = await pocketlens(['--verbose', 'ocr', 'none.png']);
    expect(stderr).toMatch(/\n\s+at /);
    expect(stderr).toContain('ENOENT');
    expect(stderr).not.toContain('\x1b');
  });

  it('ends with 130 when it is interrupted, and leaves nothing behind', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { child, ended } = start(['ocr', '-', '-o', 'late.txt']);
      // More than a pipe holds: once it is taken, the command is reading, and waits for the rest.
      await new Promise((resolve) => child.stdin!.write(Buffer.alloc(1_000_000), resolve));
      child.kill(signal);
      expectError(await ended, 130, 'interrupted');
    }
    expect(readdirSync(folder).filter((name) => name.includes('late'))).toEqual([]);
  });

  it('ends in the middle of a folder, with the files that are whole', async () => {
    mkdirSync(join(folder, 'pages'));
    for (let i = 0; i < 8; i++)
      copyFileSync(join(packageRoot(), 'samples', 'scanned-page.png'), join(folder, 'pages', `${i}.png`));
    for (const jobs of ['1', '2']) {
      const out = `read${jobs}`;
      const args = ['ocr', 'pages', '-o', `${out}/`, '--format', 'json', '--jobs', jobs, '--threads', '1'];
      // Standard input is no pipe here, as when a script starts the command.
      const child = spawn(process.execPath, [bin, ...args], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = collect(child);
      const written = () => (existsSync(join(folder, out)) ? readdirSync(join(folder, out)) : []);
      while (child.exitCode === null && !written().some((name) => /^\d\.json$/.test(name))) await sleep(5);
      child.kill('SIGINT');
      expectError(await ended, 130, 'interrupted');
      expect(written().length).toBeLessThan(8);
      for (const name of written()) JSON.parse(readFileSync(join(folder, out, name), 'utf8'));
    }
  });

  it('bears that nobody reads its output', async () => {
    const { child, ended } = start(['ocr', '--help']);
    child.stdout!.destroy();
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([0, '']);
  });

  it('describes the installation, also as JSON', async () => {
    const { code, stdout, stderr } = await pocketlens(['info', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const info = JSON.parse(stdout);
    expect(info.node).toBe(process.version);
    expect(Object.values(info.libraries)).not.toContain('missing');
    expect(info.limits.maxPixels).toBe(100_000_000);
    expect((await pocketlens(['info'])).stdout).toContain(`node ${process.version}`);
  });
});
