/**
 * Compiles the TypeScript sources to `dist/`, file by file, with esbuild. `ensureBuilt()` does so only when a source is
 * newer than the last build, so that a checkout can run `npx pocketlens` (and its worker threads) straight after an edit.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const stamp = join(root, 'dist', '.built');

function sources() {
  return ['apps', 'synth', 'models', 'compression'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
}

export async function build(files = sources()) {
  const { build: compile } = await import('esbuild');
  const target = join(root, `.dist-${process.pid}`);
  await compile({
    entryPoints: files,
    outdir: target,
    outbase: root,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  writeFileSync(join(target, '.built'), '');
  // Two processes may build at once: each writes its own folder, the last rename wins.
  const old = join(root, `.dist-old-${process.pid}`);
  mkdirSync(join(root, 'dist'), { recursive: true });
  renameSync(join(root, 'dist'), old);
  renameSync(target, join(root, 'dist'));
  rmSync(old, { recursive: true, force: true });
}

/** Builds when this is a checkout and a source changed; an installed package has no sources and needs nothing. */
export async function ensureBuilt() {
  if (!existsSync(join(root, 'tsconfig.json'))) return;
  const files = sources();
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (files.some((file) => statSync(file).mtimeMs > built)) await build(files);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
