/// <reference lib="dom" />
/** The page's side of the service worker: registering it, isolation through it, keeping files, new versions. */
import type { FromServiceWorker, ToServiceWorker } from './site-list.js';

export interface Keeping {
  /** All that was asked for works without a connection now. */
  readonly kept: (bytes: number) => void;
  /** There is no room, or no connection. */
  readonly notKept: () => void;
  /** A new version is here; `takeOver` starts the page anew with it. */
  readonly updated: (takeOver: () => void) => void;
}

/** The page is started anew for isolation once, not for ever, should it not help. */
const TRIED = 'pocketlens-isolation';
/** A service worker that takes longer than this to begin is not waited for. */
const PATIENCE_MS = 4000;

const container = () => ('serviceWorker' in navigator ? navigator.serviceWorker : undefined);

/**
 * Where the host sends no headers of isolation, the service worker adds them: registers it and starts the page anew, once.
 * @returns whether the page is about to start anew; if not, it runs on with what it has
 */
export async function isolate(): Promise<boolean> {
  const workers = container();
  if (self.crossOriginIsolated || !workers || !self.isSecureContext) return false;
  try {
    if (sessionStorage.getItem(TRIED)) return false;
    await register(workers);
    const inTime = await Promise.race([
      controlled(workers).then(() => true),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS)),
    ]);
    if (!inTime) return false;
    sessionStorage.setItem(TRIED, 'yes');
  } catch {
    return false;
  }
  location.reload();
  return true;
}

/** Keeps these files beside the page's own. */
export async function keepForLater(paths: readonly string[], keeping: Keeping): Promise<void> {
  const workers = container();
  if (!workers || !self.isSecureContext) return;
  try {
    const registration = await register(workers);
    watchVersions(workers, registration, keeping);
    await controlled(workers);
    workers.addEventListener('message', ({ data }: MessageEvent<FromServiceWorker>) => {
      if (data.type === 'kept') keeping.kept(data.bytes);
      else keeping.notKept();
    });
    workers.controller?.postMessage({ type: 'keep', paths } satisfies ToServiceWorker);
  } catch {
    // Private windows and full disks: the page works as long as it is connected.
    keeping.notKept();
  }
}

const register = (workers: ServiceWorkerContainer) =>
  workers.register('service-worker.js', { updateViaCache: 'none' });

function controlled(workers: ServiceWorkerContainer): Promise<void> {
  if (workers.controller) return Promise.resolve();
  return new Promise((resolve) =>
    workers.addEventListener('controllerchange', () => resolve(), { once: true }),
  );
}

function watchVersions(
  workers: ServiceWorkerContainer,
  registration: ServiceWorkerRegistration,
  { updated }: Keeping,
): void {
  const offer = (worker: ServiceWorker | null) => {
    // The first one takes over by itself.
    if (!worker || !registration.active) return;
    updated(() => {
      workers.addEventListener('controllerchange', () => location.reload(), { once: true });
      worker.postMessage({ type: 'take-over' } satisfies ToServiceWorker);
    });
  };
  offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const { installing } = registration;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed') offer(registration.waiting);
    });
  });
}
