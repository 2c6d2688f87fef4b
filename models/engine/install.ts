/**
 * Sets up native TensorFlow for training: unpacks the C++ library out of TensorFlow's Python wheel into the user's
 * cache, compiles tfjs-node's addon against it, and puts the addon where tfjs-node looks for it. Nothing of Python
 * stays or runs later. Needs python with pip, a C++ compiler, and some 1.5 GB of disk while it works (0.9 GB after).
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { PocketlensError } from '../base/errors.js';
import { cacheFolder, packageRoot } from '../base/paths.js';
import { isAlive, withLock } from './lock.js';
import { type EnginePlatform, enginePlatform, TENSORFLOW_VERSION } from './platform.js';
import { QUIET_ADDON_FILE, QUIET_ADDON_SOURCE } from './quiet-addon.js';
import { runTool, toolWorks } from './tool.js';

export interface InstallOptions {
  /** A wheel file of TensorFlow that is here already, instead of pip's download. */
  wheel?: string;
  /** Progress, one line each. */
  log?: (line: string) => void;
}

export interface InstallResult {
  /** False when everything was in place already. */
  readonly changed: boolean;
  readonly addon: string;
  readonly libraryFolder: string;
}

const ADDON_FILE = 'tfjs_binding.node';
const DISK_NEEDED = 1.6e9;
const COMPILERS = ['c++', 'g++', 'clang++'];
const PYTHONS = ['python3', 'python'];
/** The few headers that the addon's sources reach, of the 13,000 in the wheel. */
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/ctstring', 'tsl/platform/ctstring', 'xla/tsl/c/'];

/** Unpacks the members whose names start with one of the given prefixes, dropping the leading folder. */
const UNPACK = `
import os, shutil, sys, zipfile
wheel, target, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for member in archive.infolist():
        if member.is_dir() or not member.filename.startswith(tuple(prefixes)):
            continue
        path = os.path.join(target, *member.filename.split('/')[1:])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(member) as source, open(path, 'wb') as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
`;

/**
 * Makes native TensorFlow ready, doing only what is missing. Safe to run in several processes at once.
 * @throws engine_missing with a remedy when the platform, python, pip or a compiler is lacking, or a step failed.
 */
export async function installEngine(options: InstallOptions = {}): Promise<InstallResult> {
  const log = options.log ?? (() => {});
  const platform = requirePlatform();
  const setup = describe(platform);
  const result = { addon: setup.addon, libraryFolder: setup.libraryFolder };
  if (isInstalled(setup)) return { ...result, changed: false };
  if (!platform.tested)
    log(`Native TensorFlow on ${platform.name} has not been tested by this project; trying it.`);
  const waiting = () => log('Another process is setting up the engine; waiting for it.');
  try {
    await withLock(join(setup.cache, '.lock'), waiting, async () => {
      removeLeftovers(setup.cache);
      if (!hasLibraries(setup)) await fetchLibraries(setup, options, log);
      if (!existsSync(setup.built)) await compileAddon(setup, log);
      placeAddon(setup);
    });
  } catch (cause) {
    if (cause instanceof PocketlensError) throw cause;
    const remedy = 'Make the cache (POCKETLENS_CACHE) and the installed tfjs-node package writable.';
    throw missing(cause instanceof Error ? cause.message : String(cause), { remedy, cause });
  }
  return { ...result, changed: true };
}

/** True when native TensorFlow is set up for this checkout by `installEngine`. Takes milliseconds. */
export function engineInstalled(): boolean {
  const platform = enginePlatform();
  if (!platform) return false;
  try {
    return isInstalled(describe(platform));
  } catch {
    return false;
  }
}

interface Setup {
  readonly platform: EnginePlatform;
  readonly cache: string;
  readonly libraryFolder: string;
  /** tfjs-node's package folder. */
  readonly node: string;
  /** The folder of the compiled addons in the cache. */
  readonly built: string;
  readonly addon: string;
  /** Beside the addon; says which build of it lies there. */
  readonly stamp: string;
  readonly key: string;
}

function describe(platform: EnginePlatform): Setup {
  const cache = cacheFolder('engine');
  const node = packageFolder('@tensorflow/tfjs-node');
  const { version } = JSON.parse(readFileSync(join(node, 'package.json'), 'utf8')) as { version: string };
  const libraryFolder = join(cache, `${platform.wheel}-${TENSORFLOW_VERSION}-${platform.name}`);
  // The path is part of the key because the addon carries it as its rpath.
  const hash = createHash('sha256').update(libraryFolder).digest('hex').slice(0, 8);
  const key = `tfjs-node-${version}-tensorflow-${TENSORFLOW_VERSION}-${platform.name}-napi8-${hash}`;
  const folder = join(node, 'lib', 'napi-v8');
  return {
    platform,
    cache,
    libraryFolder,
    node,
    key,
    built: join(cache, key),
    addon: join(folder, ADDON_FILE),
    stamp: join(folder, 'pocketlens.txt'),
  };
}

function requirePlatform(): EnginePlatform {
  const platform = enginePlatform();
  if (platform) return platform;
  throw missing(
    `no TensorFlow ${TENSORFLOW_VERSION} library is published for ${process.platform}-${process.arch}`,
    {
      remedy: 'Train on Linux (x86-64 or arm64) or macOS (arm64); reading pages needs no TensorFlow.',
    },
  );
}

function packageFolder(name: string): string {
  try {
    return dirname(createRequire(join(packageRoot(), 'package.json')).resolve(`${name}/package.json`));
  } catch (cause) {
    throw missing(`the npm package ${name} is not installed`, { remedy: `Run npm install ${name}.`, cause });
  }
}

function hasLibraries(setup: Setup): boolean {
  return setup.platform.libraries.every((file) => existsSync(join(setup.libraryFolder, file)));
}

function isInstalled(setup: Setup): boolean {
  if (!existsSync(setup.addon) || !existsSync(setup.stamp) || !hasLibraries(setup)) return false;
  return readFileSync(setup.stamp, 'utf8') === setup.key;
}

/** Downloads the wheel (unless given) and unpacks the libraries and headers into the cache. */
async function fetchLibraries(
  setup: Setup,
  options: InstallOptions,
  log: (line: string) => void,
): Promise<void> {
  const python = await findTool(
    PYTHONS,
    ['-m', 'pip', '--version'],
    'python with pip',
    'python3 and python3-pip',
  );
  // Asked for before the download, so that nobody waits for 270 MB to learn that the next step cannot work.
  await findCompiler();
  checkDisk(setup.cache);
  const temporary = join(setup.cache, `tmp-${process.pid}`);
  const unpacked = join(temporary, 'unpacked');
  mkdirSync(unpacked, { recursive: true });
  try {
    const wheel = options.wheel
      ? resolve(options.wheel)
      : await download(setup.platform, python, temporary, log);
    log('Unpacking the library (0.85 GB) ...');
    const prefixes = [
      ...setup.platform.libraries.map((file) => `tensorflow/${file}`),
      ...HEADERS.map((header) => `tensorflow/include/${header}`),
    ];
    await step('unpack the wheel', python, ['-c', UNPACK, wheel, unpacked, ...prefixes]);
    for (const file of setup.platform.libraries) {
      if (!existsSync(join(unpacked, file))) throw missing(`the wheel ${wheel} holds no ${file}`);
    }
    renameSync(unpacked, setup.libraryFolder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function download(
  platform: EnginePlatform,
  python: string,
  folder: string,
  log: (line: string) => void,
): Promise<string> {
  log(
    `Downloading ${platform.wheel} ${TENSORFLOW_VERSION} from the Python package index (270 MB, once per user) ...`,
  );
  // Only the C++ library inside is used, so the Python version that the wheel is for need not be the one that is here.
  const which = [
    '--only-binary=:all:',
    '--python-version',
    '3.11',
    '--implementation',
    'cp',
    '--abi',
    'cp311',
  ];
  const what = ['--platform', platform.tag, '--dest', folder, `${platform.wheel}==${TENSORFLOW_VERSION}`];
  const pip = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--no-cache-dir',
    '--disable-pip-version-check',
    ...which,
    ...what,
  ];
  await step(
    'download TensorFlow',
    python,
    pip,
    'Check the network and pip’s index settings, then run it again.',
  );
  const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (!wheel) throw missing('pip downloaded no wheel');
  return join(folder, wheel);
}

/** Compiles tfjs-node's two sources in parallel and links them into the cache. */
async function compileAddon(setup: Setup, log: (line: string) => void): Promise<void> {
  const compiler = await findCompiler();
  log('Compiling the addon (about 15 s) ...');
  const temporary = join(setup.cache, `tmp-${process.pid}`);
  mkdirSync(temporary, { recursive: true });
  const includes = [setup.node, nodeHeaders(), join(setup.libraryFolder, 'include')].map(
    (folder) => `-I${folder}`,
  );
  const flags = ['-O2', '-std=c++17', '-fPIC', '-DNAPI_VERSION=8', '-w', ...includes];
  const remedy = 'Install a C++ compiler with C++17 and its standard library.';
  try {
    const objects = await Promise.all(
      ['tfjs_backend', 'tfjs_binding'].map(async (name) => {
        const object = join(temporary, `${name}.o`);
        const source = join(setup.node, 'binding', `${name}.cc`);
        await step('compile the addon', compiler, [...flags, '-c', source, '-o', object], remedy);
        return object;
      }),
    );
    const [cc, framework] = setup.platform.libraries.map((file) => join(setup.libraryFolder, file)) as [
      string,
      string,
    ];
    const kind = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
    const link = (output: string, inputs: readonly string[]) => [
      ...flags,
      ...kind,
      ...inputs,
      `-Wl,-rpath,${setup.libraryFolder}`,
      '-o',
      output,
    ];
    const folder = join(temporary, 'built');
    const quiet = join(temporary, 'quiet.cc');
    mkdirSync(folder);
    writeFileSync(quiet, QUIET_ADDON_SOURCE);
    await step(
      'link the addon',
      compiler,
      link(join(folder, ADDON_FILE), [...objects, cc, framework]),
      remedy,
    );
    await runTool(
      compiler,
      link(join(folder, QUIET_ADDON_FILE), [quiet, `-DFRAMEWORK="${framework}"`, '-ldl']),
    );
    const load = ['-e', 'require(process.argv[1])', join(folder, ADDON_FILE)];
    await step('load the compiled addon', process.execPath, load);
    renameSync(folder, setup.built);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function nodeHeaders(): string {
  try {
    return join(packageFolder('node-api-headers'), 'include');
  } catch {
    const folder = join(dirname(process.execPath), '..', 'include', 'node');
    if (existsSync(join(folder, 'node_api.h'))) return folder;
    throw missing('no Node-API headers are here', { remedy: 'Run npm install node-api-headers.' });
  }
}

function placeAddon(setup: Setup): void {
  const folder = dirname(setup.addon);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(setup.built)) {
    const temporary = join(folder, `${file}.${process.pid}`);
    copyFileSync(join(setup.built, file), temporary);
    renameSync(temporary, join(folder, file));
  }
  writeFileSync(setup.stamp, setup.key);
}

/** Folders of set-ups that were killed. */
function removeLeftovers(cache: string): void {
  for (const name of readdirSync(cache)) {
    const pid = /^tmp-(\d+)$/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function checkDisk(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= DISK_NEEDED) return;
  throw missing(`${folder} has ${(bavail * bsize * 1e-9).toFixed(1)} GB of free disk, needed are 1.6`, {
    remedy: 'Free some space or set POCKETLENS_CACHE to a folder with more.',
  });
}

function findCompiler(): Promise<string> {
  return findTool([process.env.CXX, ...COMPILERS], ['--version'], 'a C++ compiler', 'g++ or clang');
}

async function findTool(
  names: readonly (string | undefined)[],
  probe: readonly string[],
  what: string,
  packages: string,
): Promise<string> {
  for (const name of names) if (name && (await toolWorks(name, probe))) return name;
  throw missing(`${what} is not here`, { remedy: `Install ${packages}, then run this again.` });
}

async function step(what: string, command: string, args: readonly string[], remedy?: string): Promise<void> {
  const { code, tail } = await runTool(command, args);
  if (code === 0) return;
  const options = { details: { command, code, output: tail }, ...(remedy ? { remedy } : {}) };
  throw missing(`could not ${what}: ${lastLine(tail) || `${command} ended with ${code}`}`, options);
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? '').trim();
}

function missing(
  why: string,
  options: ConstructorParameters<typeof PocketlensError>[2] = {},
): PocketlensError {
  return new PocketlensError('engine_missing', `Native TensorFlow is not set up: ${why}.`, options);
}
