import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { subjectSchema } from '../../../apps/service/schemas/subject.js';
import { expectProblem } from './client.js';
import { form, openWorld, picture, type World } from './world.js';

let world: World;
let png: Buffer;
beforeAll(async () => {
  world = await openWorld();
  png = await picture();
});
beforeEach(() => {
  world.model.fails = false;
});
afterAll(() => world.app.close());

const post = (url: string, payload: Buffer = png, headers: Record<string, string> = {}) =>
  world.app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'image/png', ...headers },
  });
const size = async (bytes: Buffer) => {
  const { width, height, format, channels } = await sharp(bytes).metadata();
  return { width, height, format, channels };
};

describe('POST /v1/saliency', () => {
  it('answers with the map as an 8-bit grey PNG of the size of the image', async () => {
    const answer = await post('/v1/saliency?refine=none');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('image/png');
    expect(await size(answer.rawPayload)).toEqual({ width: 64, height: 48, format: 'png', channels: 1 });
    const { data } = await sharp(answer.rawPayload)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data[22 * 64 + 26]).toBeGreaterThan(240);
    expect(data[2 * 64 + 2]).toBeLessThan(10);
  });

  it('tells id, times, model and tag in headers', async () => {
    const { headers } = await post('/v1/saliency?refine=none', png, { 'x-request-id': 'mine-1' });
    expect(headers['x-request-id']).toBe('mine-1');
    expect(headers['x-model-id']).toBe('saliency@fake');
    expect(headers.etag).toMatch(/^"[\w-]{32}"$/);
    for (const stage of ['queue', 'decode', 'infer', 'refine', 'encode'])
      expect(headers['server-timing']).toMatch(new RegExp(`${stage};dur=\\d`));
    const odd = await post('/v1/saliency?refine=none', png, { 'x-request-id': 'no good\u00a0' });
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['image/webp', 'webp'],
    ['image/jpeg', 'jpeg'],
    ['image/avif', 'heif'],
    ['image/webp;q=0.4, image/png;q=0.9', 'png'],
    ['text/html, image/*;q=0.5', 'png'],
    ['', 'png'],
  ])('answers Accept "%s" with %s', async (accept, format) => {
    const answer = await post('/v1/saliency?refine=none', png, { accept });
    expect((await size(answer.rawPayload)).format).toBe(format);
    expect(answer.headers.vary).toMatch(/Accept/);
  });

  it('lets the option format go before Accept', async () => {
    const answer = await post('/v1/saliency?refine=none&format=webp', png, { accept: 'image/png' });
    expect(answer.headers['content-type']).toBe('image/webp');
  });

  it('gives figures as JSON, by Accept or by output', async () => {
    const byAccept = await post('/v1/saliency?refine=none', png, { accept: 'application/json' });
    const byOutput = await post('/v1/saliency?refine=none&output=json');
    for (const answer of [byAccept, byOutput]) {
      const json = subjectSchema.strict().parse(answer.json());
      expect(json).toMatchObject({ width: 64, height: 48, model: 'saliency@fake', refine: 'none' });
      const { x, y, width, height } = json.subject!;
      for (const [got, wanted] of [
        [x, 16],
        [y, 12],
        [width, 20],
        [height, 20],
      ] as const)
        expect(Math.abs(got - wanted)).toBeLessThanOrEqual(3);
    }
  });

  it('gives the raw map as bytes or as floats', async () => {
    const accept = { accept: 'application/octet-stream' };
    const bytes = await post('/v1/saliency?refine=none', png, accept);
    const floats = await post('/v1/saliency?refine=none&depth=float32', png, accept);
    expect([bytes.headers['x-image-width'], bytes.headers['x-image-height']]).toEqual(['64', '48']);
    expect(bytes.rawPayload.length).toBe(64 * 48);
    expect(floats.rawPayload.length).toBe(4 * 64 * 48);
    for (const at of [0, 22 * 64 + 26])
      expect(floats.rawPayload.readFloatLE(4 * at)).toBeCloseTo(bytes.rawPayload[at]! / 255, 6);
  });

  it('draws mask and heat map', async () => {
    const mask = await post('/v1/saliency?refine=none&output=mask&threshold=0.5');
    const values = new Set(await sharp(mask.rawPayload).toColourspace('b-w').raw().toBuffer());
    expect([...values].sort()).toEqual([0, 255]);
    const heat = await post('/v1/saliency?refine=none&output=heatmap&format=jpeg');
    expect(await size(heat.rawPayload)).toMatchObject({ format: 'jpeg', channels: 3, width: 64 });
  });

  it('answers smaller where it is asked to, in size and in places', async () => {
    const small = await post('/v1/saliency?refine=none&maxSide=32');
    expect(await size(small.rawPayload)).toMatchObject({ width: 32, height: 24 });
    const json = (await post('/v1/saliency?refine=none&maxSide=32&output=json')).json();
    expect(json).toMatchObject({ width: 32, height: 24 });
    expect(Math.abs(json.subject.x - 8)).toBeLessThanOrEqual(2);
    const large = await post('/v1/cutout?refine=none&maxSide=1000');
    expect(await size(large.rawPayload)).toMatchObject({ width: 64, height: 48, channels: 4 });
    for (const wrong of ['8', '20000', '50.5', 'big'])
      expect((await post(`/v1/saliency?maxSide=${wrong}`)).json()).toMatchObject({
        code: 'invalid_argument',
      });
  });

  it('encodes as well as it is asked to', async () => {
    const bytes = async (quality: string) =>
      (await post(`/v1/cutout?refine=none&format=jpeg&quality=${quality}`)).rawPayload.length;
    expect(await bytes('100')).toBeGreaterThan(await bytes('20'));
    expect((await post('/v1/cutout?format=jpeg&quality=0')).statusCode).toBe(400);
  });

  it('refines by the CRF unless told otherwise', async () => {
    const answer = await post('/v1/saliency?output=json');
    expect(answer.json()).toMatchObject({ refine: 'crf' });
  });

  it('takes a form with options as fields, the same as a raw body with a query', async () => {
    const { payload, headers } = form([
      ['refine', 'none'],
      ['output', 'mask'],
      ['file', png],
    ]);
    const answer = await post('/v1/saliency', payload, headers);
    expect(answer.statusCode).toBe(200);
    const raw = await post('/v1/saliency?refine=none&output=mask');
    expect(answer.rawPayload.equals(raw.rawPayload)).toBe(true);
    expect(answer.headers.etag).toBe(raw.headers.etag);
  });

  it('answers 304 without work to a client that has the answer', async () => {
    const first = await post('/v1/saliency?refine=none');
    const tag = first.headers.etag as string;
    const { calls } = world.model;
    const again = await post('/v1/saliency?refine=none', png, { 'if-none-match': `"x", W/${tag}` });
    expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
    expect(world.model.calls).toBe(calls);
    const other = await post('/v1/saliency?refine=none&output=mask', png, { 'if-none-match': tag });
    expect(other.statusCode).toBe(200);
    expect(other.headers.etag).not.toBe(tag);
  });

  it('answers a client anew that has the answer of another version', async () => {
    const newer = await openWorld({}, 1, undefined, '9.9.10');
    try {
      for (const url of ['/v1/saliency?refine=none', '/v1/ocr']) {
        const tag = (await post(url)).headers.etag as string;
        const answer = await newer.app.inject({
          method: 'POST',
          url,
          payload: png,
          headers: { 'content-type': 'image/png', 'if-none-match': tag },
        });
        expect(answer.statusCode).toBe(200);
      }
    } finally {
      await newer.app.close();
    }
  });
});

describe('POST /v1/cutout and /v1/crop', () => {
  it('cuts out on transparency, or on a colour', async () => {
    const clear = await post('/v1/cutout?refine=none');
    expect(await size(clear.rawPayload)).toMatchObject({ width: 64, height: 48, channels: 4 });
    const blue = await post(`/v1/cutout?refine=none&background=${encodeURIComponent('#0000ff')}`);
    const { data } = await sharp(blue.rawPayload).raw().toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 3)]).toEqual([0, 0, 255]);
    const jpeg = await post('/v1/cutout?refine=none', png, { accept: 'image/jpeg' });
    expect((await size(jpeg.rawPayload)).format).toBe('jpeg');
  });

  it('crops to a ratio and keeps the subject', async () => {
    const answer = await post('/v1/crop?refine=none&ratio=1:1&margin=0');
    const { width, height } = await size(answer.rawPayload);
    expect(width).toBe(height);
    expect(width!).toBeGreaterThanOrEqual(18);
    expect(width!).toBeLessThan(30);
    const json = await post('/v1/crop?refine=none&ratio=1:1&margin=0', png, { accept: 'application/json' });
    expect(subjectSchema.parse(json.json()).crop).toMatchObject({
      box: { width, height },
      keepsSubject: true,
    });
  });
});

describe('POST /v1/ocr', () => {
  it.each([
    ['text/plain', 'text/plain; charset=utf-8', /64 by 48/],
    ['application/json', 'application/json', /"64 by 48"/],
    ['text/html', 'text/html; charset=utf-8', /ocr_page/],
    ['application/xml', 'application/alto+xml', /<alto/],
    ['application/alto+xml', 'application/alto+xml', /<alto/],
    ['text/markdown', 'text/markdown; charset=utf-8', /64 by 48/],
    ['application/pdf', 'application/pdf', /^%PDF/],
    ['*/*', 'text/plain; charset=utf-8', /64 by 48/],
  ])('answers Accept %s with %s', async (accept, type, content) => {
    const answer = await post('/v1/ocr', png, { accept });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe(type);
    expect(answer.rawPayload.toString('latin1')).toMatch(content);
    expect(answer.headers['x-model-id']).toBe('ocr@fake');
  });

  it('lets the option format go before Accept', async () => {
    const answer = await post('/v1/ocr?format=tsv', png, { accept: 'application/pdf' });
    expect(answer.headers['content-type']).toBe('text/tab-separated-values; charset=utf-8');
  });

  it('refuses an allowlist of which the model can read nothing, wherever it stands', async () => {
    const { calls } = world.reader;
    const list = encodeURIComponent('漢字');
    expectProblem(await post(`/v1/ocr?allowlist=${list}`), 400, 'invalid_argument', /allowlist .*漢字/);
    const { payload, headers } = form([
      ['allowlist', '漢字'],
      ['file', png],
    ]);
    expectProblem(await post('/v1/ocr', payload, headers), 400, 'invalid_argument');
    expect(world.reader.calls).toBe(calls);
    expect((await post(`/v1/ocr?allowlist=1${list}`)).statusCode).toBe(200);
  });
});

describe('the other addresses', () => {
  it('tell health and readiness, by a picture that is really inferred, once in a while', async () => {
    expect((await world.app.inject('/healthz')).json()).toEqual({ status: 'ok' });
    const { model, reader } = world;
    const calls = [model.calls + 1, reader.calls + 1];
    const answers = await Promise.all([1, 2, 3].map(() => world.app.inject('/readyz')));
    for (const answer of answers) expect([answer.statusCode, answer.json().status]).toEqual([200, 'ready']);
    expect([model.calls, reader.calls]).toEqual(calls);
  });

  it('count: requests by template, stages, queue, memory, models', async () => {
    await post('/v1/saliency?refine=none');
    await world.app.inject('/nowhere/at/all');
    const { payload, headers } = await world.app.inject('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    for (const line of [
      /^http_request_duration_seconds_count\{method="POST",route="\/v1\/saliency",status="200"\} [1-9]/m,
      /^http_request_duration_seconds_count\{method="GET",route="unmatched",status="404"\} [1-9]/m,
      /^pocketlens_stage_duration_seconds_count\{route="\/v1\/saliency",stage="infer"\} [1-9]/m,
      /^pocketlens_queue_length 0/m,
      /^pocketlens_uploads 0/m,
      /^process_resident_memory_bytes \d/m,
      /^pocketlens_model_info\{kind="subject",model="saliency@fake"\} 1/m,
    ])
      expect(payload).toMatch(line);
    expect(payload).not.toContain('nowhere');
  });

  it('document themselves from the schemas that validate', async () => {
    const document = (await world.app.inject('/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    const { parameters, requestBody, responses } = document.paths['/v1/crop'].post;
    expect(parameters.map(({ name }: { name: string }) => name)).toEqual([
      'refine',
      'threshold',
      'format',
      'maxSide',
      'quality',
      'ratio',
      'margin',
    ]);
    const { file: _, ...fields } = requestBody.content['multipart/form-data'].schema.properties;
    const inQuery = parameters.map(({ name, schema }: { name: string; schema: unknown }) => [name, schema]);
    expect(Object.fromEntries(inQuery)).toEqual(fields);
    expect(fields.threshold.anyOf).toHaveLength(2);
    expect(Object.keys(responses[429].headers)).toEqual(['Retry-After']);
    expect(Object.keys(document.paths['/readyz'].get.responses)).toEqual(['200', '503']);
    expect(document.components.schemas.Problem.properties.code.enum).toContain('too_many_requests');
    const docs = await world.app.inject('/docs/');
    expect(docs.payload).toContain('swagger-ui-bundle.js');
    for (const path of ['swagger-ui-bundle.js', 'swagger-ui.css', 'start.js'])
      expect((await world.app.inject(`/docs/${path}`)).statusCode).toBe(200);
    expect((await world.app.inject('/docs/../package.json')).statusCode).toBe(404);
    expect((await world.app.inject('/docs/%2e%2e%2fpackage.json')).statusCode).toBe(404);
  });

  it('forbid what a browser need not do', async () => {
    const { headers } = await world.app.inject('/healthz');
    expect(headers['content-security-policy']).toMatch(
      /default-src 'none'; *script-src 'self'; *style-src 'self'/,
    );
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});
