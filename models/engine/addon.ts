/** tfjs-node's addon: compiled against TensorFlow's library in the cache, and placed where tfjs-node looks for it. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { engineMissing } from './engine-missing.js';
import { QUIET_ADDON_FILE, QUIET_ADDON_SOURCE } from './quiet-addon.js';
import { ADDON_FILE, packageFolder, type Setup } from './setup.js';
import { findCompiler, runStep, runTool } from './tool.js';

/** Compiles tfjs-node's two sources in parallel and links them into the cache. */
export async function compileAddon(setup: Setup, log: (line: string) => void): Promise<void> {
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
        await runStep('compile the addon', compiler, [...flags, '-c', source, '-o', object], remedy);
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
    await runStep(
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
    await runStep('load the compiled addon', process.execPath, load);
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
    throw engineMissing('no Node-API headers are here', { remedy: 'Run npm install node-api-headers.' });
  }
}

export function placeAddon(setup: Setup): void {
  const folder = dirname(setup.addon);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(setup.built)) {
    const temporary = join(folder, `${file}.${process.pid}`);
    copyFileSync(join(setup.built, file), temporary);
    renameSync(temporary, join(folder, file));
  }
  writeFileSync(setup.stamp, setup.key);
}
