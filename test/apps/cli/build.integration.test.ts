import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../models/base/paths.js';

interface Builder {
  build(root: string): Promise<void>;
  ensureBuilt(root: string): Promise<void>;
}

let root: string;
let builder: Builder;
const dist = (name: string) => join(root, 'dist', name);
const source = (name: string, text: string) => writeFileSync(join(root, name), text);

beforeEach(async () => {
  builder = await import('../../../apps/cli/build.mjs');
  root = mkdtempSync(join(tmpdir(), 'pocketlens-build-'));
  for (const top of ['apps', 'models']) mkdirSync(join(root, top));
  source('tsconfig.json', '{}');
  source('apps/a.ts', 'export const a: number = 1;\n');
  source('models/b.ts', 'export const b: number = 2;\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Sets all files back in time, so that whatever is touched next is newer without waiting. */
function age(...files: string[]) {
  const past = new Date(Date.now() - 60_000);
  for (const file of files) utimesSync(join(root, file), past, past);
}

describe('ensureBuilt', () => {
  it('compiles once, then only what changed, in place', async () => {
    await builder.ensureBuilt(root);
    expect(readFileSync(dist('apps/a.js'), 'utf8')).toContain('const a = 1;');
    age('apps/a.ts', 'models/b.ts', 'dist/apps/a.js', 'dist/models/b.js');
    const before = statSync(dist('models/b.js'));
    await builder.ensureBuilt(root);
    expect(statSync(dist('apps/a.js')).mtimeMs).toBeLessThan(Date.now() - 30_000);
    source('apps/a.ts', 'export const a: number = 7;\n');
    await builder.ensureBuilt(root);
    expect(readFileSync(dist('apps/a.js'), 'utf8')).toContain('const a = 7;');
    expect(statSync(dist('models/b.js')).ino).toBe(before.ino);
    expect(statSync(dist('models/b.js')).mtimeMs).toBe(before.mtimeMs);
  });

  it('leaves no lock behind when it is interrupted', async () => {
    const builderUrl = pathToFileURL(join(packageRoot(), 'apps', 'cli', 'build.mjs')).href;
    // The build interrupts itself as soon as it holds the lock.
    const script = `
      import { existsSync } from 'node:fs';
      import { build } from '${builderUrl}';
      const building = build(process.argv[1]);
      if (!existsSync(process.argv[1] + '/.dist-lock')) process.exit(1);
      process.kill(process.pid, 'SIGINT');
      await building;`;
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script, root]);
    expect(status).toBe(130);
    expect(existsSync(join(root, '.dist-lock'))).toBe(false);
  });

  it('leaves a running process the modules that it may still load', async () => {
    await builder.ensureBuilt(root);
    const folder = statSync(join(root, 'dist')).ino;
    rmSync(join(root, 'models/b.ts'));
    source('apps/a.ts', 'export const a: number = 3;\n');
    await builder.ensureBuilt(root);
    expect(statSync(join(root, 'dist')).ino).toBe(folder);
    expect(existsSync(dist('models/b.js'))).toBe(true);
  });

  it('may run many times at once', async () => {
    await Promise.all(Array.from({ length: 6 }, () => builder.ensureBuilt(root)));
    expect(readFileSync(dist('models/b.js'), 'utf8')).toContain('const b = 2;');
    expect(existsSync(join(root, '.dist-lock'))).toBe(false);
  });

  it('goes on past a lock whose owner died', async () => {
    mkdirSync(join(root, '.dist-lock'));
    const past = new Date(Date.now() - 120_000);
    utimesSync(join(root, '.dist-lock'), past, past);
    await builder.ensureBuilt(root);
    expect(existsSync(dist('apps/a.js'))).toBe(true);
  });

  it('does nothing in an installed package, which has no configuration of the compiler', async () => {
    rmSync(join(root, 'tsconfig.json'));
    await builder.ensureBuilt(root);
    expect(existsSync(join(root, 'dist'))).toBe(false);
  });

  it('releases the lock where a source does not compile', async () => {
    source('apps/a.ts', 'export const a: = ;\n');
    await expect(builder.ensureBuilt(root)).rejects.toThrow();
    expect(existsSync(join(root, '.dist-lock'))).toBe(false);
  });
});

describe('build', () => {
  it('bundles a web page, copies its other files, and keeps both', async () => {
    const page = 'apps/service/page';
    for (const folder of ['client', 'styles', 'parts', 'public/samples'])
      mkdirSync(join(root, page, folder), { recursive: true });
    source(
      `${page}/client/part.ts`,
      'export const part: string = "a part";\nexport const unused = "unused";\n',
    );
    source(`${page}/client/main.ts`, "import { part } from './part.js';\ndocument.title = part;\n");
    source(`${page}/client/theme.ts`, 'document.title = "theme";\n');
    source(`${page}/styles/index.css`, '@import "./colours.css";\n');
    source(`${page}/styles/colours.css`, 'body { color: red; }\n');
    source(`${page}/parts/head.html`, '<title>A page</title>\n');
    source(`${page}/public/index.html`, '<!-- part: head -->\n<p>$&</p>\n');
    source(`${page}/public/samples/a.webp`, 'a');
    await builder.build(root);
    const built = (name: string) => readFileSync(dist(`${page}/public/${name}`), 'utf8');
    expect(built('page.js')).toContain('a part');
    expect(built('page.js')).not.toContain('unused');
    expect([built('theme.js'), built('styles.css')].join()).toMatch(/theme.*red/s);
    expect([built('index.html'), built('samples/a.webp')]).toEqual([
      '<title>A page</title>\n<p>$&</p>\n',
      'a',
    ]);
    rmSync(join(root, page, 'public/samples'), { recursive: true });
    await builder.build(root);
    expect(existsSync(dist(`${page}/public/index.html`))).toBe(true);
    expect(existsSync(dist(`${page}/public/samples/a.webp`))).toBe(false);
  });

  it('is due again when a page changes', async () => {
    mkdirSync(join(root, 'apps/service/page/public'), { recursive: true });
    for (const part of ['client/main.ts', 'client/theme.ts', 'styles/index.css']) {
      mkdirSync(join(root, 'apps/service/page', part, '..'), { recursive: true });
      source(`apps/service/page/${part}`, '');
    }
    await builder.build(root);
    source('apps/service/page/public/index.html', 'new');
    await builder.ensureBuilt(root);
    expect(readFileSync(dist('apps/service/page/public/index.html'), 'utf8')).toBe('new');
  });

  it('deletes what has no source any more, and keeps declarations of what has', async () => {
    await builder.build(root);
    writeFileSync(dist('apps/a.d.ts'), '');
    writeFileSync(dist('models/b.d.ts'), '');
    rmSync(join(root, 'models/b.ts'));
    await builder.build(root);
    expect(
      ['apps/a.js', 'apps/a.d.ts', 'models/b.js', 'models/b.d.ts'].filter((name) => existsSync(dist(name))),
    ).toEqual(['apps/a.js', 'apps/a.d.ts']);
  });
});
