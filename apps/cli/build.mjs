/**
 * Compiles the TypeScript sources to `dist/`, file by file, with esbuild, and bundles the web pages. `ensureBuilt()` does
 * so only when a source is newer than the last build, so that a checkout can run `npx pocketlens` (and its worker threads)
 * straight after an edit.
 *
 * Other processes may be running from `dist/` and load modules of it later, and several may want to build at once. So
 * one builds at a time, a changed file appears by rename, an unchanged one is not touched, and the folder itself is
 * never moved. Files whose source is gone are deleted by a full build (`npm run build`) only.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const TOPS = ['apps', 'synth', 'models', 'compression'];
/**
 * Web pages: `scripts` run before or beside the document, `modules` are workers, `styles` becomes one style sheet, and all
 * of `public/` is copied beside them, to `dist/<page>/public`. Paths are the page's. A line `<!-- part: NAME -->` of its HTML
 * stands for what all pages share: `NAME.html` of `PARTS`.
 */
const PARTS = 'apps/service/page/parts';
const PAGES = {
  'apps/service/page': {
    scripts: { page: 'client/main.ts', theme: 'client/theme.ts', styles: 'styles/index.css' },
    modules: {},
  },
  'apps/bundle/demo': {
    scripts: {
      page: 'client/main.ts',
      theme: '../../service/page/client/theme.ts',
      styles: 'styles/index.css',
      'service-worker': 'offline/service-worker.ts',
    },
    modules: { 'worker-wasm': 'worker/wasm.ts', 'worker-webgpu': 'worker/webgpu.ts' },
  },
};
/** A lock that nobody refreshed or released for so long was left by a process that died. */
const STALE_LOCK_MS = 60_000;

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function sources(root) {
  return TOPS.flatMap((top) => filesBelow(join(root, top))).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.d.ts'),
  );
}

const pagesOf = (root) =>
  Object.keys(PAGES).filter((page) => existsSync(join(root, page, 'public', 'index.html')));

/** What a page is made of besides TypeScript. */
function pageParts(root) {
  return pagesOf(root).flatMap((page) =>
    ['public', 'styles', 'parts'].flatMap((part) => filesBelow(join(root, page, part))),
  );
}

/** HTML with its parts put in. */
function withParts(root, html) {
  return html.replace(/^ *<!-- part: (\w+) -->\n/gm, (_, name) =>
    readFileSync(join(root, PARTS, `${name}.html`), 'utf8'),
  );
}

function isStale(root) {
  const files = [...sources(root), ...pageParts(root)];
  const stamp = join(root, 'dist', '.built');
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  return files.some((file) => statSync(file).mtimeMs >= built);
}

/** Runs `work` while no other process builds. The lock is a folder: making one either succeeds or fails, for one alone. */
async function locked(root, work) {
  const lock = join(root, '.dist-lock');
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && Date.now() - made > STALE_LOCK_MS)
      rmSync(lock, { recursive: true, force: true });
    else await sleep(50);
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  // Ctrl-C would leave the lock behind, and the next command would wait for it to grow stale.
  const onSignal = () => {
    release();
    process.exit(130);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work();
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    release();
  }
}

/** @returns what a page's folder holds, each file with its path and contents */
async function bundlePage(root, page) {
  const { build: bundle } = await import('esbuild');
  const [folder, target] = [join(root, page), join(root, 'dist', page, 'public')];
  const bundled = (entries, format) =>
    bundle({
      entryPoints: Object.fromEntries(
        Object.entries(entries).map(([name, file]) => [name, join(folder, file)]),
      ),
      outdir: target,
      bundle: true,
      minify: true,
      format,
      platform: 'browser',
      target: ['chrome123', 'firefox121', 'safari17.5'],
      // Its WebAssembly lies beside the page as files of their own, which browsers compile while they arrive.
      conditions: ['onnxruntime-web-use-extern-wasm'],
      // The service's work, which pages share types and small functions with: not reached from a page.
      external: ['*/models/saliency/crf/refine-map.js'],
      logLevel: 'error',
      write: false,
    });
  const { scripts, modules } = PAGES[page];
  const results = await Promise.all([bundled(scripts, 'iife'), bundled(modules, 'esm')]);
  const outputFiles = results.flatMap((result) => result.outputFiles);
  const copies = filesBelow(join(folder, 'public')).map((file) => ({
    path: join(target, relative(join(folder, 'public'), file)),
    contents: file.endsWith('.html')
      ? Buffer.from(withParts(root, readFileSync(file, 'utf8')))
      : readFileSync(file),
  }));
  return [...outputFiles, ...copies];
}

/** @returns paths below `dist/` that belong there, without suffix for what came from a source */
async function compile(root) {
  // What is edited while this runs is newer than the stamp, and so compiled the next time.
  const started = new Date();
  const files = sources(root);
  const { build: bundle } = await import('esbuild');
  const { outputFiles } = await bundle({
    entryPoints: files,
    outdir: join(root, 'dist'),
    outbase: root,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
    write: false,
  });
  const pages = (await Promise.all(pagesOf(root).map((page) => bundlePage(root, page)))).flat();
  for (const { path, contents } of [...outputFiles, ...pages]) replaceIfChanged(path, contents);
  const stamp = join(root, 'dist', '.built');
  writeFileSync(stamp, '');
  utimesSync(stamp, started, started);
  return new Set([
    ...files.map((file) => relative(root, file).replace(/\.ts$/, '')),
    ...pages.map(({ path }) => relative(join(root, 'dist'), path)),
  ]);
}

function replaceIfChanged(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

/** Compiled files and declarations of sources that are no more. */
function removeOrphans(root, kept) {
  for (const file of filesBelow(join(root, 'dist'))) {
    const name = relative(join(root, 'dist'), file);
    const isKept = name === '.built' || kept.has(name) || kept.has(name.replace(/(\.d)?\.(js|ts)$/, ''));
    if (!isKept) rmSync(file, { force: true });
  }
}

/** Compiles every source and deletes what has none. `root` is the folder of package.json. */
export async function build(root = projectRoot) {
  await locked(root, async () => {
    removeOrphans(root, await compile(root));
  });
}

/** Builds when this is a checkout and a source changed; an installed package has no sources and needs nothing. */
export async function ensureBuilt(root = projectRoot) {
  if (!existsSync(join(root, 'tsconfig.json')) || !isStale(root)) return;
  await locked(root, async () => {
    // Another process may have built while this one waited.
    if (isStale(root)) await compile(root);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
