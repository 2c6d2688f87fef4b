/** Where the parts of native TensorFlow lie on this machine, and which of them are there. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cacheFolder, packageRoot } from '../base/paths.js';
import { engineMissing } from './engine-missing.js';
import { type EnginePlatform, TENSORFLOW_VERSION } from './platform.js';

export const ADDON_FILE = 'tfjs_binding.node';

export interface Setup {
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

export function describeSetup(platform: EnginePlatform): Setup {
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

export function packageFolder(name: string): string {
  try {
    return dirname(createRequire(join(packageRoot(), 'package.json')).resolve(`${name}/package.json`));
  } catch (cause) {
    throw engineMissing(`the npm package ${name} is not installed`, {
      remedy: `Run npm install ${name}.`,
      cause,
    });
  }
}

export function hasLibraries(setup: Setup): boolean {
  return setup.platform.libraries.every((file) => existsSync(join(setup.libraryFolder, file)));
}

export function isInstalled(setup: Setup): boolean {
  if (!existsSync(setup.addon) || !existsSync(setup.stamp) || !hasLibraries(setup)) return false;
  return readFileSync(setup.stamp, 'utf8') === setup.key;
}
