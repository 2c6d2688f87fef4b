import { describe, expect, it } from 'vitest';
import { importsOf, listFiles } from '../../architecture.js';

/** Everything that files of a folder reach by imports of any kind, with the way to it. */
function reached(folder: string): Map<string, string> {
  const starts = listFiles(['apps']).filter((file) => file.startsWith(folder) && /(?<!\.d)\.ts$/.test(file));
  const ways = new Map(starts.map((file) => [file, file]));
  for (const file of ways.keys()) {
    if (!file.endsWith('.ts')) continue;
    for (const { target } of importsOf(file))
      if (!ways.has(target)) ways.set(target, `${ways.get(file)} → ${target}`);
  }
  return ways;
}

const outside = (folder: string, allowed: RegExp) =>
  [...reached(folder)]
    .filter(([target]) => /^(apps|models|compression|synth)\//.test(target) && !allowed.test(target))
    .map(([, way]) => way);

describe('the reader of bundles', () => {
  it('knows the manifest alone', () => {
    expect(reached('apps/bundle/reader/').size).toBeGreaterThan(10);
    expect(outside('apps/bundle/reader/', /^apps\/bundle\/(reader|manifest)\//)).toEqual([]);
  });

  it('runs without packages: of the manifest it takes types', () => {
    const files = listFiles(['apps']).filter((file) => /^apps\/bundle\/reader\/.*\.ts$/.test(file));
    const runtime = files.flatMap((file) =>
      importsOf(file)
        .filter(({ kind, target }) => kind !== 'type' && !target.startsWith('apps/bundle/reader/'))
        .map(({ target }) => `${file} → ${target}`),
    );
    expect(runtime).toEqual([]);
  });
});

describe('the verifier and the page', () => {
  it('know nothing of the models', () => {
    for (const folder of ['apps/bundle/verify/', 'apps/bundle/demo/client/', 'apps/bundle/demo/worker/']) {
      expect(reached(folder).size, folder).toBeGreaterThan(3);
      const models = outside(folder, /^(apps\/|models\/base\/(errors|decline-telemetry)\.ts$)/);
      expect(models, folder).toEqual([]);
    }
  });
});
