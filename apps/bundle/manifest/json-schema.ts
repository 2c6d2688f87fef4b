/** The manifest's JSON Schema (draft 2020-12), for validators in any language; kept in `manifest.schema.json`. */
import { z } from 'zod';
import { manifestSchema } from './schema.js';

export function manifestJsonSchema(): Record<string, unknown> {
  return {
    $id: 'urn:pocketlens:bundle-manifest:1',
    title: 'Manifest of a Pocketlens bundle',
    ...z.toJSONSchema(manifestSchema, { target: 'draft-2020-12', reused: 'ref' }),
  };
}
