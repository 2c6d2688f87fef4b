import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBundle } from '../../../apps/bundle/build/write-bundle.js';
import { withRegions } from '../../../apps/bundle/docs/mobile-regions.js';
import { packageRoot } from '../../../models/base/paths.js';
import { readSource } from '../../architecture.js';
import { builtBundle } from './built-bundle.js';

describe('docs/mobile.md', () => {
  it('says what the manifest says (npm run bundle:docs writes it)', async () => {
    const document = readSource('docs/mobile.md');
    expect(await withRegions(document)).toBe(document);
  });

  it('has a reader in Python of less than 200 lines beside it', () => {
    expect(readSource('docs/read_bundle.py').split('\n').length - 1).toBeLessThan(200);
  });

  it('has examples for Android and iOS that ask a manifest for nothing that none has', () => {
    const known = new Set(keysOf(JSON.parse(readSource('apps/bundle/manifest/manifest.schema.json'))));
    const [kotlin, swift] = [examples('kotlin'), examples('swift')];
    expect([kotlin.length, swift.length]).toEqual([2, 1]);
    const asked = kotlin.flatMap((code) =>
      [...code.matchAll(/(?:(?:get|opt)(?:String|Int|Double|JSONObject|JSONArray)|\bat)\("(\w+)"\)/g)].map(
        ([, key]) => key!,
      ),
    );
    expect(asked.length).toBeGreaterThan(30);
    expect(asked.filter((key) => !known.has(key))).toEqual([]);
    const [, structs] = /struct Manifest: Decodable \{(.*?)let line: Model/s.exec(swift[0]!)!;
    const fields = [...structs!.matchAll(/\blet ([^;}\n]+)/g)].flatMap(([, names]) =>
      names!.split(',').map((name) => name.replace(/:.*/, '').trim()),
    );
    expect(fields.length).toBeGreaterThan(20);
    expect(fields.filter((field) => !known.has(field))).toEqual([]);
  });

  it('has an example for the web that compiles', () => {
    const [code] = examples('ts');
    const file = join(packageRoot(), 'apps', 'bundle', 'example.ts');
    const source = `declare const file: File;\n${code}\nexport { map, threshold };\n`;
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      module: ts.ModuleKind.NodeNext,
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.fileExists = (path) => path === file || fileExists(path);
    host.getSourceFile = (path, ...rest) =>
      path === file ? ts.createSourceFile(path, source, rest[0]) : getSourceFile(path, ...rest);
    const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([]);
  });
});

/** The blocks of code in a language. */
function examples(language: string): string[] {
  const blocks = readSource('docs/mobile.md').matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'));
  return [...blocks].map(([, code]) => code!);
}

function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(keysOf)];
}

const python = process.env.POCKETLENS_PYTHON || 'python3';
/** In CI they are there, or these tests fail. */
const isReady =
  Boolean(process.env.CI) || spawnSync(python, ['-c', 'import numpy, onnxruntime, PIL']).status === 0;
if (!isReady) console.warn('Skipped docs/read_bundle.py: Python lacks onnxruntime, numpy or pillow.');

describe.skipIf(!isReady)('docs/read_bundle.py', () => {
  const script = join(packageRoot(), 'docs', 'read_bundle.py');
  let work: string;
  let folder: string;

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'pocketlens-docs-'));
    folder = join(work, 'bundle');
    await writeBundle(folder, await builtBundle());
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  it('reproduces the goldens', () => {
    const output = execFileSync(python, [script, folder], { encoding: 'utf8' });
    expect(output.trim().split('\n').at(-1)).toBe('as the goldens');
    expect(output).toContain('output logits');
    expect(output).toContain('output geometry');
    expect(output).toContain('output contour');
  });

  it('reads a line', () => {
    const line = join(folder, 'goldens', 'recognizer', 'picture.png');
    expect(execFileSync(python, [script, folder, line], { encoding: 'utf8' })).toContain('27 October 2025');
  });
});
