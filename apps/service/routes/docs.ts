/** /openapi.json, and /docs: Swagger UI, whose files lie in memory. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { openApiDocument } from '../openapi.js';
import { type StaticFile, serveStaticFiles } from '../static-files.js';

/** Swagger UI writes style attributes. */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PARTS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const INDEX = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pocketlens: the service</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`;

export async function addDocsRoutes(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('application/json').send(openApiDocument(app)),
  );
  const main = createRequire(import.meta.url).resolve('@fastify/swagger-ui');
  const folder = join(dirname(main), 'static');
  const parts = await Promise.all(
    PARTS.map(async (path): Promise<StaticFile> => ({ path, bytes: await readFile(join(folder, path)) })),
  );
  const files = [
    ...parts,
    { path: 'index.html', bytes: Buffer.from(INDEX) },
    { path: 'start.js', bytes: Buffer.from(START) },
  ];
  app.get('/docs', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs/', 308));
  serveStaticFiles(app, files, { prefix: '/docs/', contentSecurityPolicy: DOCS_POLICY });
}
