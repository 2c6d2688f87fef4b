/** The backends that are here, for tests that compare them. Says once which they are. */
import { type Engine, loadEngine } from '../../../models/engine/load-engine.js';

export type BackendName = 'native' | 'portable';

let known: readonly BackendName[] | undefined;

/** `portable` is always here; `native` where it has been set up. The best one becomes current. */
export async function availableBackends(): Promise<readonly BackendName[]> {
  const engine: Engine = await loadEngine({ quiet: true });
  if (!known) {
    known = engine.backend === 'portable' ? ['portable'] : ['native', 'portable'];
    process.stderr.write(`Engine tests run on: ${known.join(' and ')} (${engine.version}).\n`);
  }
  return known;
}

/** Runs `work` with each backend in turn as the current one, then makes the best one current again. */
export async function onEachBackend<T>(work: () => T): Promise<Map<BackendName, T>> {
  const results = new Map<BackendName, T>();
  for (const backend of await availableBackends()) {
    await loadEngine({ backend });
    results.set(backend, work());
  }
  await loadEngine({ quiet: true });
  return results;
}
