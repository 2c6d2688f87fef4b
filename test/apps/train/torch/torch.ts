/** Python with PyTorch, to run what `apps/train/torch` holds. */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../../../models/base/paths.js';

/** Debian's packages belong to the system's Python, which need not be the first one on the path. */
const CANDIDATES = [process.env.POCKETLENS_TORCH_PYTHON, 'python3', '/usr/bin/python3'].filter(
  (path) => path,
);

// Packages for another Python, or another NumPy than PyTorch's, must not get in between.
const { PYTHONPATH: _, ...env } = process.env;

const python = CANDIDATES.find((path) => {
  try {
    execFileSync(path!, ['-c', 'import torch, numpy, PIL'], { stdio: 'ignore', timeout: 120_000, env });
    return true;
  } catch {
    return false;
  }
});

/** Why tests that need it are skipped; '' where they run. In CI they always run, and fail where it is missing. */
export const WITHOUT_TORCH = process.env.CI || python ? '' : 'Python with torch, numpy and pillow is missing';
if (WITHOUT_TORCH) console.warn(`Skipped checks of apps/train/torch: ${WITHOUT_TORCH}.`);

export const TORCH_FOLDER = join(packageRoot(), 'apps/train/torch');

/** Standard output; rejects with what Python said. */
export async function runTorch(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(python ?? 'python3', [...args], {
    env: { ...env, PYTHONPATH: TORCH_FOLDER },
    maxBuffer: 1 << 28,
    timeout: 200_000,
  });
  return stdout;
}
