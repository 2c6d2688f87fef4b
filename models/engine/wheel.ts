/** TensorFlow's C++ library and headers, out of its Python wheel. Nothing of Python stays or runs later. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { engineMissing } from './engine-missing.js';
import { type EnginePlatform, TENSORFLOW_VERSION } from './platform.js';
import type { Setup } from './setup.js';
import { findCompiler, findTool, runStep } from './tool.js';

const DISK_NEEDED = 1.6e9;
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

/** Downloads the wheel (unless given) and unpacks the libraries and headers into the cache. */
export async function fetchLibraries(
  setup: Setup,
  given: string | undefined,
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
    const wheel = given ? resolve(given) : await download(setup.platform, python, temporary, log);
    log('Unpacking the library (0.85 GB) ...');
    const prefixes = [
      ...setup.platform.libraries.map((file) => `tensorflow/${file}`),
      ...HEADERS.map((header) => `tensorflow/include/${header}`),
    ];
    await runStep('unpack the wheel', python, ['-c', UNPACK, wheel, unpacked, ...prefixes]);
    for (const file of setup.platform.libraries) {
      if (!existsSync(join(unpacked, file))) throw engineMissing(`the wheel ${wheel} holds no ${file}`);
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
  await runStep(
    'download TensorFlow',
    python,
    pip,
    'Check the network and pip’s index settings, then run it again.',
  );
  const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (!wheel) throw engineMissing('pip downloaded no wheel');
  return join(folder, wheel);
}

function checkDisk(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= DISK_NEEDED) return;
  throw engineMissing(`${folder} has ${(bavail * bsize * 1e-9).toFixed(1)} GB of free disk, needed are 1.6`, {
    remedy: 'Free some space or set POCKETLENS_CACHE to a folder with more.',
  });
}
