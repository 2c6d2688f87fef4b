/** Completes the OpenAPI document that Fastify makes of the routes: bodies that are images or forms, and all answers. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { RAW_TYPES } from './receive-image.js';
import type { ImageRouteConfig } from './routes/image-route.js';
import { PROBLEM_TYPE, problemSchema } from './schemas/problem.js';
import { subjectSchema } from './schemas/subject.js';

/** Schemas are registered under their ids where they are defined. */
void [problemSchema, subjectSchema];

const REF = '#/components/schemas/';
/** Statuses of problems that a route with an image answers with. */
const PROBLEMS: Record<string, string> = {
  400: 'The request, an option or the form is malformed.',
  406: 'None of the accepted types can be written.',
  408: 'The body did not arrive in time.',
  413: 'The body or the image is larger than a limit.',
  415: 'The body is no image of a known kind.',
  422: 'The image is damaged.',
  429: 'The service is busy; Retry-After says when to come back.',
  500: 'The service failed.',
  503: 'The work took too long, or the service is shutting down.',
};

const NOT_READY = 'A small image could not be inferred and read, or the service is shutting down.';

/** Those of them that say when to come back. */
const WAITING = new Set(['429', '503']);

type Json = Record<string, unknown>;

export function openApiOptions(version: string): FastifyDynamicSwaggerOptions {
  const routes = new Map<string, ImageRouteConfig>();
  const transform = createJsonSchemaTransform({});
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Pocketlens',
        version,
        description: 'Finds what stands out in images, and reads the text in them.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
    },
    transform: (document) => {
      const { image } = (document.route as RouteOptions).config ?? {};
      if (image) routes.set(document.url, image);
      return transform(document);
    },
    transformObject: (document) => {
      const object = jsonSchemaTransformObject(document) as unknown as { paths: Record<string, Json> };
      for (const [path, config] of routes) complete(object.paths[path]?.post as Json, config);
      const ready = object.paths['/readyz']?.get as Json;
      ready.responses = { ...(ready.responses as Json), 503: problem('503', NOT_READY) };
      return object as never;
    },
  };
}

function complete(operation: Json, { options, produces }: ImageRouteConfig): void {
  const binary = { type: 'string', format: 'binary' };
  const schema = z.toJSONSchema(options, { io: 'input', target: 'draft-2020-12' }) as Json;
  const { $schema: _, ...form } = schema;
  // The same schema in the query, which Fastify's own translation would leave parts of out.
  operation.parameters = Object.entries(form.properties as Record<string, Json>).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema,
  }));
  const properties = { file: { ...binary, description: 'The image.' }, ...(form.properties as Json) };
  operation.requestBody = {
    required: true,
    description: 'The image as it is, or a form with the image and, if wanted, the options of the query.',
    content: {
      'multipart/form-data': { schema: { ...form, properties, required: ['file'] } },
      ...Object.fromEntries(RAW_TYPES.map((type) => [type, { schema: binary }])),
    },
  };
  operation.responses = {
    200: { description: 'The answer.', headers: HEADERS, content: answers(produces) },
    304: { description: 'The client has this answer: If-None-Match names its tag.' },
    ...Object.fromEntries(
      Object.entries(PROBLEMS).map(([status, description]) => [status, problem(status, description)]),
    ),
  };
}

function problem(status: string, description: string): Json {
  return {
    description,
    ...(WAITING.has(status) && { headers: RETRY_AFTER }),
    content: { [PROBLEM_TYPE]: { schema: { $ref: `${REF}Problem` } } },
  };
}

function answers(produces: readonly string[]): Json {
  const schema = (type: string): Json =>
    type === 'application/json' && produces.includes('image/png')
      ? { schema: { $ref: `${REF}Subject` } }
      : type.startsWith('text/') || /json|xml/.test(type)
        ? { schema: {} }
        : { schema: { type: 'string', format: 'binary' } };
  return Object.fromEntries(produces.map((type) => [type, schema(type)]));
}

const header = (description: string): Json => ({ description, schema: { type: 'string' } });
const HEADERS = {
  'X-Request-Id': header('Names the request in the log.'),
  'X-Model-Id': header('Names the weights.'),
  'Server-Timing': header('Milliseconds by stage.'),
  'X-Image-Width': header('Pixels of the upright image, where the answer is made of all of it.'),
  'X-Image-Height': header('The same.'),
  ETag: header('Names the answer: equal image, model and options have equal tags.'),
};

const RETRY_AFTER = { 'Retry-After': header('Seconds.') };

/** The finished document. */
export function openApiDocument(app: FastifyInstance): object {
  return app.swagger();
}
