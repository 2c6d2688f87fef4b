/// <reference lib="dom" />
/**
 * The service worker. What the list names is answered from the cache, and from the network where the cache lacks it (the
 * first time, then kept). Cached files go by their hash, so that a new version fetches only what changed, and a file that
 * arrives damaged or from another version is passed on but never kept. Every answer isolates the page (COOP, COEP).
 */
import { type FromServiceWorker, SITE_LIST, type SiteList, type ToServiceWorker } from './site-list.js';

/** The part of a service worker's global scope that is used; the library `webworker` cannot stand beside `dom`. */
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchLike) => void): void;
  addEventListener(type: 'message', listener: (event: MessageLike) => void): void;
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchLike extends Extendable {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface MessageLike extends Extendable {
  readonly data: ToServiceWorker;
  readonly source: { postMessage(message: FromServiceWorker): void } | null;
}

const scope = self as unknown as Scope;
const { files } = (self as unknown as Record<string, SiteList>)[SITE_LIST]!;
const CACHE = 'pocketlens-demo';
const root = scope.registration.scope;

const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

const keyOf = (path: string) => `${root}${path}?sha256=${files[path]!.sha256}`;

/** The listed path of a URL, or undefined. */
function pathOf(url: string): string | undefined {
  if (!url.startsWith(root)) return undefined;
  const path = decodeURIComponent(new URL(url).pathname.slice(new URL(root).pathname.length)) || 'index.html';
  return Object.hasOwn(files, path) ? path : undefined;
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function isolated(response: Response, body: BodyInit | null = response.body): Response {
  // The browser follows it, and comes back.
  if (response.type === 'opaqueredirect') return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  // The body is not compressed any more.
  headers.delete('content-encoding');
  headers.delete('content-length');
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}

/** Keeps a whole answer whose bytes are the listed ones. @returns whether it did */
async function keep(path: string, response: Response): Promise<boolean> {
  const bytes = await response.arrayBuffer();
  if ((await sha256(bytes)) !== files[path]!.sha256) return false;
  await (await caches.open(CACHE)).put(keyOf(path), isolated(response, bytes));
  return true;
}

/** Fetches what is not there yet. @returns whether it is there now */
async function ensure(path: string): Promise<boolean> {
  if (!Object.hasOwn(files, path)) return false;
  if (await (await caches.open(CACHE)).match(keyOf(path))) return true;
  for (const cache of ['default', 'reload'] as const) {
    const response = await fetch(`${root}${path}`, { cache }).catch(() => undefined);
    if (response?.ok && (await keep(path, response))) return true;
  }
  return false;
}

async function ensureAll(paths: readonly string[]): Promise<string | undefined> {
  // One after the other: memory for the largest file alone.
  for (const path of paths) if (!(await ensure(path))) return path;
  return undefined;
}

async function answer(event: FetchLike, path: string): Promise<Response> {
  const cached = await (await caches.open(CACHE)).match(keyOf(path));
  // As it is: around a new response the browser would forget what it has compiled of this one.
  if (cached) return cached;
  const response = await fetch(event.request);
  if (response.ok) event.waitUntil(keep(path, response.clone()).catch(() => {}));
  return isolated(response);
}

scope.addEventListener('install', (event) => {
  const page = Object.keys(files).filter((path) => files[path]!.isPage);
  event.waitUntil(
    ensureAll(page).then((missing) => {
      if (missing) throw new Error(`Expected ${missing} as the list has it but received something else.`);
    }),
  );
});

scope.addEventListener('activate', (event) => {
  const listed = new Set(Object.keys(files).map(keyOf));
  const clean = async () => {
    const cache = await caches.open(CACHE);
    for (const request of await cache.keys()) if (!listed.has(request.url)) await cache.delete(request);
    await scope.clients.claim();
  };
  event.waitUntil(clean());
});

scope.addEventListener('fetch', (event) => {
  const { method, url, mode } = event.request;
  if (method !== 'GET' || !url.startsWith(root)) return;
  const path = pathOf(url);
  if (path !== undefined) event.respondWith(answer(event, path));
  else if (mode === 'navigate') event.respondWith(fetch(event.request).then(isolated));
});

scope.addEventListener('message', (event) => {
  if (event.data.type === 'take-over') return event.waitUntil(scope.skipWaiting());
  const { paths } = event.data;
  const known = paths.filter((path) => Object.hasOwn(files, path));
  event.waitUntil(
    ensureAll(known)
      .catch(() => known[0])
      .then((missing) => {
        const bytes = Object.keys(files)
          .filter((path) => files[path]!.isPage || known.includes(path))
          .reduce((sum, path) => sum + files[path]!.bytes, 0);
        event.source?.postMessage(missing ? { type: 'not-kept', path: missing } : { type: 'kept', bytes });
      }),
  );
});
