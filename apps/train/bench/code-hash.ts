/** Which compiled code ran: results of other code are not its results. */
import type { Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../models/base/paths.js';

/** @param folders of the sources, from the package's root */
export function hashCode(folders: readonly string[], hash: Hash): void {
  for (const name of folders) {
    const folder = join(packageRoot(), 'dist', name);
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      if (entry.endsWith('.js')) hash.update(entry).update(readFileSync(join(folder, entry)));
    }
  }
}
