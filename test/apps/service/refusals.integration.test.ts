import { deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from './client.js';
import { form, picture } from './world.js';
import { worldHooks } from './world-hooks.js';

const test = worldHooks();
const { open, post } = test;
let png: Buffer;
beforeAll(async () => {
  png = await picture();
});

/** A PNG whose head claims a size that its data does not have. */
function claims(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc(body), body.length + 4);
    return framed;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.alloc(100))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
function crc(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return (value ^ 0xffffffff) >>> 0;
}

describe('a bad image', () => {
  it('is refused by what it is', async () => {
    await open({ maxBytes: 5000, maxPixels: 10_000 });
    expectProblem(await post(''), 422, 'invalid_image');
    expectProblem(await post(png.subarray(0, 120)), 422, 'invalid_image');
    expectProblem(await post('hello, this is text'), 415, 'unsupported_format', /plain text/);
    expectProblem(await post('%PDF-1.7 and so on'), 415, 'unsupported_format', /PDF/);
    expectProblem(await post('<svg xmlns="http://www.w3.org/2000/svg"/>'), 415, 'unsupported_format', /SVG/);
    expectProblem(await post(claims(30_000, 30_000)), 413, 'limit_exceeded', /pixels/);
    expectProblem(await post(Buffer.alloc(5001)), 413, 'limit_exceeded', /5000 bytes/);
    expectProblem(await post(await picture({ width: 101, height: 100 })), 413, 'limit_exceeded');
    expect(test.world.model.calls).toBe(0);
    expect((await post(png)).statusCode).toBe(200);
  });

  it('is refused by its content type', async () => {
    await open();
    for (const type of [
      'text/plain',
      'application/json',
      'application/x-www-form-urlencoded',
      'image/svg+xml',
      'x',
    ])
      expectProblem(await post(png, { 'content-type': type }), 415, 'unsupported_format');
  });
});

describe('a bad option', () => {
  it.each([
    ['colour=red', /"colour"/],
    ['output=cutout', /one of map, mask, heatmap, json for output but received "cutout"/],
    ['threshold=2', /threshold/],
    ['threshold=', /threshold/],
    ['threshold=0', /threshold/],
    ['refine=crf&refine=none', /one value for refine but received 2/],
    ['__proto__=1', /__proto__/],
    ['url=http://127.0.0.1/a.png', /"url"/],
  ])('%s is said', async (query, detail) => {
    await open();
    const problem = expectProblem(
      await post(png, {}, `/v1/saliency?${query}`),
      400,
      'invalid_argument',
      detail,
    );
    expect(problem.issues).toHaveLength(1);
    expect(problem.remedy).toMatch(/docs/);
    expect(test.world.model.calls).toBe(0);
  });

  it.each([
    ['/v1/crop?ratio=0:1', 'ratio'],
    ['/v1/crop?margin=-1', 'margin'],
    ['/v1/cutout?background=reddish', 'background'],
    ['/v1/ocr?mode=poem', 'mode'],
    ['/v1/ocr?minConfidence=x', 'minConfidence'],
  ])('%s too', async (url, option) => {
    await open();
    expectProblem(await post(png, {}, url), 400, 'invalid_argument', new RegExp(option));
  });

  it('is said where no accepted type can be written', async () => {
    await open();
    expectProblem(await post(png, { accept: 'text/html' }), 406, 'not_acceptable');
    expectProblem(await post(png, { accept: 'image/*' }, '/v1/ocr'), 406, 'not_acceptable');
    expectProblem(await post(png, { accept: 'image/png;q=0, text/html' }), 406, 'not_acceptable');
  });
});

describe('a bad form', () => {
  it.each([
    ['no file', [['refine', 'none']], 400, 'invalid_request'],
    ['another name', [['image', 'PNG']], 400, 'invalid_request'],
    [
      'two files',
      [
        ['file', 'PNG'],
        ['file', 'PNG'],
      ],
      400,
      'invalid_request',
    ],
    [
      'an unknown field',
      [
        ['file', 'PNG'],
        ['speed', '9'],
      ],
      400,
      'invalid_argument',
    ],
    [
      'a repeated field',
      [
        ['refine', 'none'],
        ['refine', 'none'],
        ['file', 'PNG'],
      ],
      400,
      'invalid_argument',
    ],
    [
      'an endless field',
      [
        ['refine', 'x'.repeat(9000)],
        ['file', 'PNG'],
      ],
      413,
      'limit_exceeded',
    ],
    [
      'many fields',
      [...Array.from({ length: 50 }, (_, i) => [`f${i}`, '1']), ['file', 'PNG']],
      413,
      'limit_exceeded',
    ],
    [
      'a prototype',
      [
        ['__proto__', '1'],
        ['file', 'PNG'],
      ],
      400,
      'invalid_request',
    ],
    ['a large file', [['file', 'LARGE']], 413, 'limit_exceeded'],
  ] as const)('with %s is refused', async (_, parts, status, code) => {
    await open({ maxBytes: 50_000 });
    const { payload, headers } = form(
      parts.map(([name, value]) => [
        name!,
        value === 'PNG' ? png : value === 'LARGE' ? Buffer.alloc(50_001, 1) : value!,
      ]),
    );
    expectProblem(await post(payload, headers, '/v1/saliency'), status, code);
  });

  it('that is truncated or has no boundary is refused', async () => {
    await open();
    const { payload, headers } = form([['file', png]]);
    for (const cut of [10, 90, 200, payload.length - 6])
      expectProblem(await post(payload.subarray(0, cut), headers), 400, 'invalid_request');
    expectProblem(await post('', headers), 400, 'invalid_request');
    expectProblem(await post(payload, { 'content-type': 'multipart/form-data' }), 400, 'invalid_request');
    expectProblem(
      await post(payload, { 'content-type': 'multipart/form-data; boundary=other' }),
      400,
      'invalid_request',
    );
  });

  it('with an option also in the query is refused', async () => {
    await open();
    const { payload, headers } = form([
      ['refine', 'none'],
      ['file', png],
    ]);
    expectProblem(await post(payload, headers), 400, 'invalid_argument', /refine once/);
  });
});

describe('a bad address', () => {
  it('is not found, or does not take the method', async () => {
    await open();
    expectProblem(await test.world.app.inject('/v2/saliency'), 404, 'not_found');
    expectProblem(await test.world.app.inject('/v1/saliency/../../etc/passwd'), 404, 'not_found');
    expectProblem(await test.world.app.inject('/%'), 400, 'invalid_request');
    for (const pattern of ['/:a(', '/v1/:a(.*', '/*', '/:a'])
      expectProblem(await test.world.app.inject(pattern), 404, 'not_found');
    const answer = await test.world.app.inject('/v1/saliency');
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.allow).toBe('POST');
    expectProblem(
      await test.world.app.inject({ method: 'DELETE', url: '/healthz' }),
      405,
      'method_not_allowed',
    );
  });
});

describe('a defect', () => {
  it('is a 500 without its reason, which the log has', async () => {
    await open();
    test.world.model.fails = true;
    const problem = expectProblem(await post(png), 500, 'internal');
    expect(problem.detail).not.toContain('/a/path');
    expect(test.world.log.join('')).toContain('/a/path');
    expectProblem(await test.world.app.inject('/readyz'), 503, 'not_ready');
    test.world.model.fails = false;
    expect((await test.world.app.inject('/readyz')).statusCode).toBe(200);
  });

  it('of the reader makes the service not ready, and so does a reader that reads nothing', async () => {
    await open();
    test.world.reader.fails = true;
    expectProblem(await test.world.app.inject('/readyz'), 503, 'not_ready');
    Object.assign(test.world.reader, { fails: false, isBlind: true });
    expectProblem(await test.world.app.inject('/readyz'), 503, 'not_ready');
    test.world.reader.isBlind = false;
    expect((await test.world.app.inject('/readyz')).statusCode).toBe(200);
  });
});
