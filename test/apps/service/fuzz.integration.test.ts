import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemSchema } from '../../../apps/service/schemas/problem.js';
import { form, openWorld, picture, type World } from './world.js';

interface Schema {
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly const?: string;
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Record<string, unknown> };
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>;
}

let world: World;
let png: Buffer;
let operations: { path: string; method: string; operation: Operation }[];
beforeAll(async () => {
  world = await openWorld({ maxBytes: 20_000, maxPixels: 20_000 });
  png = await picture();
  const { paths } = (await world.app.inject('/openapi.json')).json() as {
    paths: Record<string, Record<string, Operation>>;
  };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
});
afterAll(() => world.app.close());

const junk = () =>
  fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', '0', 'null', 'NaN', '-1'));

/** What the document allows, and sometimes what it does not. */
function allowed(schema: Schema): fc.Arbitrary<string> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(allowed));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.type === 'number')
    return fc.double({ min: schema.minimum ?? -10, max: schema.maximum ?? 10, noNaN: true }).map(String);
  if (schema.type === 'integer')
    return fc.integer({ min: schema.minimum ?? -10, max: schema.maximum ?? 10 }).map(String);
  return fc.constantFrom('16:9', '#ff8800', '1', 'abc');
}

function bodies(): fc.Arbitrary<Buffer> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(png) },
    fc.nat(png.length).map((cut) => png.subarray(0, cut)),
    fc.tuple(fc.nat(png.length - 1), fc.nat(255)).map(([at, value]) => {
      const broken = Buffer.from(png);
      broken[at] = value;
      return broken;
    }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.constant(Buffer.alloc(20_001, 0xff)),
  );
}

const types = (operation: Operation) => Object.keys(operation.requestBody?.content ?? { 'image/png': {} });

function requestOf({ operation }: (typeof operations)[number]) {
  const options = operation.parameters ?? [];
  const pair = fc.oneof(
    ...options.map(({ name, schema }) =>
      fc.tuple(fc.constant(name), fc.oneof({ weight: 6, arbitrary: allowed(schema) }, junk())),
    ),
    fc.tuple(junk(), junk()),
  );
  const weighted = options.length > 0 ? fc.array(pair, { maxLength: 3 }) : fc.array(pair, { maxLength: 1 });
  return fc.record({
    query: weighted,
    fields: weighted,
    body: bodies(),
    type: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...types(operation)) }, junk()),
    accept: fc.oneof(
      fc.constantFrom('*/*', 'image/*', 'application/json', 'text/plain', 'application/octet-stream;q=0.3'),
      junk(),
    ),
    cut: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(300)),
  });
}

/** Headers carry no control characters, whoever sends them. */
const header = (text: string) => text.replace(/[^\x20-\x7e]/g, '?');
const SLOW = { refine: 'crf' };

it.each(['/v1/saliency', '/v1/cutout', '/v1/crop', '/v1/ocr', '/healthz', '/metrics'])(
  '%s answers whatever comes with what it documents, never with a failure of its own',
  async (path) => {
    for (const entry of operations.filter((each) => each.path === path)) {
      await fc.assert(
        fc.asyncProperty(requestOf(entry), async ({ query, fields, body, type, accept, cut }) => {
          const isForm = type === 'multipart/form-data';
          const sent = isForm ? form([...fields, ['file', body]]) : { payload: body, headers: {} };
          // The CRF is as slow for junk as for anything else.
          const all = query.map(([name, value]) => [name, value === SLOW.refine ? 'none' : value]);
          if (
            !all.some(([name]) => name === 'refine') &&
            path !== '/v1/ocr' &&
            !fields.some(([name]) => name === 'refine')
          )
            all.push(['refine', 'none']);
          const url = `${path}?${new URLSearchParams(all as [string, string][])}`;
          const answer = await world.app.inject({
            method: entry.method as 'GET',
            url: entry.method === 'POST' ? url : path,
            ...(entry.method === 'POST' && { payload: sent.payload.subarray(0, sent.payload.length - cut) }),
            headers: { 'content-type': header(type), accept: header(accept), ...sent.headers },
          });
          expect(answer.statusCode).toBeLessThan(500);
          expect(Object.keys(entry.operation.responses)).toContain(String(answer.statusCode));
          if (answer.statusCode >= 400) {
            expect(answer.headers['content-type']).toBe('application/problem+json');
            problemSchema.strict().parse(answer.json());
          } else if (entry.operation.requestBody) {
            const type = String(answer.headers['content-type']).split(';')[0]!;
            expect(Object.keys(entry.operation.responses['200']!.content!)).toContain(type);
          }
        }),
        { numRuns: entry.method === 'POST' ? 150 : 10, seed: 7 },
      );
    }
    expect((await world.app.inject('/healthz')).statusCode).toBe(200);
  },
);
