/** The bundle of the shipped models as tests see it: built once in a process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, buildBundle, MODELS } from '../../../apps/bundle/build/build-bundle.js';
import type { Precision } from '../../../apps/bundle/build/variants.js';
import { packageRoot } from '../../../models/base/paths.js';

/** What apps load: 8 bits, unless a model was trained anew and is not compressed yet. */
function shippedPrecision(): Precision {
  const precisions = MODELS.map((name) => {
    const card = join(packageRoot(), 'models', 'weights', name, 'card.json');
    return (JSON.parse(readFileSync(card, 'utf8')) as { format: { precision: string } }).format.precision;
  });
  return precisions.includes('float32') ? 'float32' : 'int8';
}

let built: Promise<Bundle> | undefined;

export function builtBundle(): Promise<Bundle> {
  built ??= buildBundle({
    models: MODELS,
    formats: ['onnx'],
    precisions: [shippedPrecision()],
    version: '1.2.3',
  });
  return built;
}
