import { describe, expect, it } from 'vitest';
import { importsOf, listFiles } from '../../../architecture.js';

/** Of the service's page: its theme, what it does with elements and files, and the colours, which know no model either. */
const SHARED = [
  ...['theme', 'dom', 'intake', 'compare'].map((name) => `apps/service/page/client/${name}.ts`),
  'apps/saliency/render/heat-colours.ts',
];
const PACKAGES = ['onnxruntime-web'];

const entries = [
  'apps/bundle/demo/client/main.ts',
  'apps/bundle/demo/worker/wasm.ts',
  'apps/bundle/demo/worker/webgpu.ts',
  'apps/bundle/demo/offline/service-worker.ts',
];

/** All that gets into the browser: every import but those of types alone. */
function reached(): string[] {
  const found = new Set(entries);
  for (const file of found)
    for (const { target, kind } of file.endsWith('.ts') ? importsOf(file) : [])
      if (kind !== 'type') found.add(target);
  return [...found];
}

describe('the demo in the browser', () => {
  it('reaches nothing of the models, the apps or the compression: the bundle and its reader are all it knows', () => {
    const files = reached();
    expect(files).toContain('apps/bundle/reader/open-bundle.ts');
    const outside = files.filter(
      (file) => !file.startsWith('apps/bundle/') && !SHARED.includes(file) && !PACKAGES.includes(file),
    );
    expect(outside).toEqual([]);
  });

  it('names no type of the models either', () => {
    const own = listFiles(['apps']).filter((file) =>
      /^apps\/bundle\/(demo\/(client|worker|offline|protocol)|reader\/).*\.ts$/.test(file),
    );
    expect(own.length).toBeGreaterThan(20);
    const named = own.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => /^(models|compression|synth)\//.test(target))
        .map(({ target }) => `${file} → ${target}`),
    );
    expect(named).toEqual([]);
  });
});
