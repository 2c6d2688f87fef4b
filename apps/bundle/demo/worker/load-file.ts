/// <reference lib="dom" />
/** Files of the bundle, with how far they are. */
import type { LoadedFile } from '../protocol.js';

export interface LoadProgress {
  onBytes(count: number): void;
  onFile(file: LoadedFile): void;
}

/** What a browser says when there is no connection is not for people. */
export class NotLoaded extends Error {
  override readonly name = 'NotLoaded';
}

/** @param base URL of the bundle's folder, ending in a slash */
export function fileLoader(base: string, page: string, progress: LoadProgress) {
  return async (path: string): Promise<Uint8Array> => {
    const url = new URL(path, base).href;
    const response = await fetch(url).catch(() => undefined);
    if (!response?.ok || !response.body)
      throw new NotLoaded(
        `Expected ${path} of the bundle but ${response ? `the host answered ${response.status}` : 'there is no connection'}.`,
      );
    const parts: Uint8Array[] = [];
    let size = 0;
    const stream = response.body.getReader();
    for (let next = await stream.read(); !next.done; next = await stream.read()) {
      parts.push(next.value);
      size += next.value.length;
      progress.onBytes(next.value.length);
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    progress.onFile({
      what: 'models',
      path: url.slice(page.length),
      bytes: size,
      transferred: transferredOf(url),
    });
    return bytes;
  };
}

/** Bytes that came over the wire for a URL, headers included; 0 from a cache. */
export function transferredOf(url: string): number {
  const [entry] = performance.getEntriesByName(url, 'resource') as PerformanceResourceTiming[];
  return entry?.transferSize ?? 0;
}
