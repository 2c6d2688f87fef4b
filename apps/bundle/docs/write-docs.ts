/** Writes what is generated of the documents: `npm run bundle:docs`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../models/base/paths.js';
import { writeFileWhole } from '../../files/write-file.js';
import { manifestJsonSchema } from '../manifest/json-schema.js';
import { withRegions } from './mobile-regions.js';

const root = packageRoot();
const schema = join(root, 'apps', 'bundle', 'manifest', 'manifest.schema.json');
const mobile = join(root, 'docs', 'mobile.md');
await writeFileWhole(schema, `${JSON.stringify(manifestJsonSchema(), null, 1)}\n`);
await writeFileWhole(mobile, await withRegions(await readFile(mobile, 'utf8')));
