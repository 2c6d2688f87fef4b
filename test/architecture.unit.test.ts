import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../models/base/paths.js';
import { type Import, importsOf, listFiles, listFolders, readSource, TOPS } from './architecture.js';

const sources = listFiles().filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
const imports = new Map<string, Import[]>(sources.map((file) => [file, importsOf(file)]));
const top = (path: string) => path.split('/')[0]!;
const own = (target: string) => (TOPS as readonly string[]).includes(top(target)) && target.includes('/');

/** What a file of each top may import of the project; `models/base` besides. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  apps: ['apps', 'compression', 'models', 'synth'],
  compression: ['compression', 'models'],
  models: ['models'],
  synth: ['synth'],
  test: TOPS,
};

describe('arrows of import', () => {
  it('see the imports: static, dynamic and of types', () => {
    expect(sources.length).toBeGreaterThan(100);
    const reader = imports.get('apps/ocr/read-page.ts')!;
    expect(reader).toContainEqual({ target: 'models/base/paths.ts', kind: 'static' });
    expect(reader).toContainEqual({ target: 'models/detector/open-detector.ts', kind: 'dynamic' });
    expect(reader).toContainEqual({ target: 'models/base/image.ts', kind: 'type' });
  });

  it('lead to files that are there', () => {
    const lost = [...imports].flatMap(([file, list]) =>
      list
        .filter(({ target }) => own(target) && !existsSync(join(packageRoot(), target)))
        .map(({ target }) => `${file} → ${target}`),
    );
    expect(lost).toEqual([]);
  });

  it('point from apps to compression to models, and from synth to models/base alone', () => {
    const reversed = [...imports].flatMap(([file, list]) =>
      list
        .filter(({ target }) => own(target) && !target.startsWith('models/base/'))
        .filter(({ target }) => !MAY_IMPORT[top(file)]!.includes(top(target)))
        .map(({ target }) => `${file} → ${target}`),
    );
    expect(reversed).toEqual([]);
  });

  it('leave models/base with no import of the rest', () => {
    const outward = [...imports]
      .filter(([file]) => file.startsWith('models/base/'))
      .flatMap(([file, list]) =>
        list
          .filter(({ target }) => own(target) && !target.startsWith('models/base/'))
          .map(({ target }) => `${file} → ${target}`),
      );
    expect(outward).toEqual([]);
  });
});

describe('reading a page', () => {
  /** Everything that gets loaded from `starts`, lazily or not, with the way to it. */
  function reached(starts: readonly string[], follow: (edge: Import) => boolean): Map<string, string> {
    const ways = new Map(starts.map((file) => [file, file]));
    for (const file of ways.keys())
      for (const edge of imports.get(file) ?? [])
        if (follow(edge) && !ways.has(edge.target))
          ways.set(edge.target, `${ways.get(file)} → ${edge.target}`);
    return ways;
  }
  const tensorFlow = (ways: Map<string, string>) =>
    [...ways].filter(([target]) => target.startsWith('@tensorflow/')).map(([, way]) => way);

  it('reaches no TensorFlow, from the public API, the page reader, the runtime and what opens models', () => {
    const starts = [
      'apps/index.ts',
      'apps/ocr/read-page.ts',
      'apps/ocr/run-ocr.ts',
      ...sources.filter((file) => /^models\/runtime\/|^models\/[^/]+\/open-[^/]+\.ts$/.test(file)),
    ];
    for (const file of starts) expect(imports.has(file), file).toBe(true);
    expect(starts.length).toBeGreaterThan(6);
    expect(tensorFlow(reached(starts, ({ kind }) => kind !== 'type'))).toEqual([]);
  });

  it('is seen to reach it where it does', () => {
    const training = sources.filter((file) => file.startsWith('models/training/'));
    expect(tensorFlow(reached(training, ({ kind }) => kind === 'static')).length).toBeGreaterThan(0);
  });

  it('declines the telemetry of ONNX Runtime wherever it is loaded', () => {
    const loaders = [...imports]
      .filter(([file]) => !file.startsWith('test/'))
      .filter(([, list]) => list.some(({ target, kind }) => target === 'onnxruntime-node' && kind !== 'type'))
      .map(([file]) => file);
    expect(loaders.sort()).toEqual([
      'apps/bundle/verify/runtimes/onnx.ts',
      'models/runtime/load-onnxruntime.ts',
    ]);
    for (const file of loaders) expect(readSource(file), file).toContain('declineTelemetry();');
  });

  it('is not loaded by asking for help: the command line loads no native library at first', () => {
    const ways = reached(['apps/cli/main.ts'], ({ kind }) => kind === 'static');
    const heavy = ['onnxruntime-node', 'sharp', '@napi-rs/canvas', 'pdf-lib', 'opentype.js'];
    expect(heavy.filter((name) => ways.has(name))).toEqual([]);
    expect(tensorFlow(ways)).toEqual([]);
  });
});

describe('the tree', () => {
  it('says in every folder what lives there', () => {
    // Tests mirror the sources, a folder of shipped weights has a card instead, and what a page serves is its page's.
    const folders = listFolders(['apps', 'synth', 'models', 'compression']).filter(
      (folder) => !/^models\/weights\/.|\/public(\/|$)/.test(folder),
    );
    const silent = [...folders, 'test', 'samples'].filter((folder) => {
      const file = join(packageRoot(), folder, 'README.md');
      return !existsSync(file) || !/^# \S/.test(readFileSync(file, 'utf8'));
    });
    expect(silent).toEqual([]);
  });

  it('has no source file above 400 lines', () => {
    const allowed: string[] = [];
    const long = [...sources, ...listFiles().filter((file) => file.endsWith('.mjs'))]
      .filter((file) => !allowed.includes(file))
      .map((file) => ({ file, lines: readSource(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > 400);
    expect(long).toEqual([]);
  });

  it('names its files in kebab-case', () => {
    const odd = sources.filter(
      (file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.ts$/.test(file.split('/').at(-1)!),
    );
    expect(odd).toEqual([]);
  });

  it('has only tests that one of the tiers runs', () => {
    const tests = sources.filter((file) => /\.test\.ts$/.test(file));
    expect(tests.filter((file) => !/\.(unit|integration|e2e)\.test\.ts$/.test(file))).toEqual([]);
    expect(tests.filter((file) => !file.startsWith('test/'))).toEqual([]);
  });

  it('locks the packages of every platform, so that npm ci works on each', () => {
    type Locked = Record<string, { optionalDependencies?: Record<string, string> }>;
    const { packages } = JSON.parse(readSource('package-lock.json')) as { packages: Locked };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  it('names no path of a machine and no host of a registry in what is committed', () => {
    const files = committedFiles();
    expect(files).toContain('package.json');
    // Homes, roots of build machines, drives of Windows, registries: also in the lock file.
    const machine =
      /(?<![\w./~-])\/(?:root|work|home\/\w+|Users\/\w+|private|workspace|mnt\/\w+)\/|\b[A-Z]:\\\\?Users\\|https?:\/\/[^/\s"']*(?:registry|artifactory|nexus|pypi)[^/\s"']*/i;
    // Written apart, as this file is looked at too.
    const samples = [
      '/ro' + 'ot/x',
      '"/wo' + 'rk/main"',
      '/ho' + 'me/ann/x',
      'https://regi' + 'stry.example/a',
    ];
    for (const sample of samples) expect(machine.test(sample), sample).toBe(true);
    const found = files.flatMap((file) =>
      readSource(file)
        .split('\n')
        .filter((line) => machine.test(line))
        .map((line) => `${file}: ${machine.exec(line)![0]}`),
    );
    expect(found).toEqual([]);
  });
});

/** Text files that git holds or would add; without git, those of the tree. */
function committedFiles(): string[] {
  const binary = /\.(png|jpe?g|webp|gif|tiff?|bmp|avif|pdf|onnx|safetensors|ttf|otf|woff2?|bin|node|xz|gz)$/i;
  let files: string[];
  try {
    files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: packageRoot(),
      encoding: 'utf8',
    }).split('\0');
  } catch {
    files = [
      ...listFiles(),
      'package.json',
      'package-lock.json',
      'README.md',
      'CHANGELOG.md',
      'tsconfig.json',
      'biome.json',
    ];
  }
  return files.filter((file) => {
    if (file === '' || binary.test(file)) return false;
    const stats = statSync(join(packageRoot(), file), { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size < 2_000_000;
  });
}
