/** Where the finished page lies: `apps/cli/build.mjs` bundles it there, in a checkout and in the package alike. */
import { join } from 'node:path';
import { packageRoot } from '../../../models/base/paths.js';

/** Holds index.html and everything that it asks for; to be served at one address with its subfolders. */
export function pageFolder(): string {
  return join(packageRoot(), 'dist', 'apps', 'service', 'page', 'public');
}
