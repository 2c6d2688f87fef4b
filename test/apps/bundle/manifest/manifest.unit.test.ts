import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { manifestJsonSchema } from '../../../../apps/bundle/manifest/json-schema.js';
import { relativePath } from '../../../../apps/bundle/manifest/parts.js';
import { packageRoot } from '../../../../models/base/paths.js';

const committed = JSON.parse(
  readFileSync(join(packageRoot(), 'apps', 'bundle', 'manifest', 'manifest.schema.json'), 'utf8'),
);

describe('manifest.schema.json', () => {
  it('is what the schema gives (npm run bundle:docs writes it)', () => {
    expect(committed).toEqual(JSON.parse(JSON.stringify(manifestJsonSchema())));
  });

  it('is a schema that an independent validator takes, and refuses what is no manifest', () => {
    const validate = new Ajv2020({ strict: true }).compile(committed);
    expect(validate({})).toBe(false);
    expect(validate({ schemaVersion: 2 })).toBe(false);
  });
});

describe('paths of a manifest', () => {
  it('stay below the folder', () => {
    for (const path of ['a', 'models/a.int8.onnx', 'a/b-c_d/e.f.g', '..a', 'a..b/c'])
      expect(relativePath.safeParse(path).success, path).toBe(true);
    const escaping = [
      '',
      '/a',
      '../a',
      'a/../b',
      'a/..',
      './a',
      'a/./b',
      'a//b',
      'a/',
      'C:/a',
      'a\\b',
      'a\0b',
      'ä',
    ];
    for (const path of [...escaping, 'x'.repeat(201)])
      expect(relativePath.safeParse(path).success, path).toBe(false);
  });
});
