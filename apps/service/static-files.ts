/**
 * Small files for browsers, served from memory: they are read once, at the start, and each has a route of its own, so that
 * no path of a request ever reaches the disk.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { matchesTag } from './etag.js';

const MEDIA_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

export interface StaticFile {
  /** Path below the prefix, with `/`. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** Every file below a folder whose kind a browser knows; none where there is no folder. */
export async function readStaticFiles(folder: string): Promise<StaticFile[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && extname(entry.name) in MEDIA_TYPES)
    .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(async (path) => ({
      path: relative(folder, path).split(sep).join('/'),
      bytes: await readFile(path),
    })),
  );
}

export interface StaticOptions {
  /** Ends in `/`. */
  readonly prefix: string;
  /** A policy of their own instead of the service's. */
  readonly contentSecurityPolicy?: string;
}

/** One route a file; `index.html` answers for the prefix itself. */
export function serveStaticFiles(
  app: FastifyInstance,
  files: readonly StaticFile[],
  { prefix, contentSecurityPolicy }: StaticOptions,
): void {
  for (const { path, bytes } of files) {
    const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 32)}"`;
    const mediaType = MEDIA_TYPES[extname(path)]!;
    const url = path === 'index.html' ? prefix : `${prefix}${path}`;
    app.get(url, { schema: { hide: true } }, (request, reply) => {
      void reply.header('etag', tag).header('cache-control', 'no-cache');
      if (contentSecurityPolicy) void reply.header('content-security-policy', contentSecurityPolicy);
      if (matchesTag(request.headers['if-none-match'], tag)) return reply.code(304).send();
      return reply.type(mediaType).send(bytes);
    });
  }
}
