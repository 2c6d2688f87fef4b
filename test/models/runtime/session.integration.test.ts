import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { openSession, runtimeVersion, type Session } from '../../../models/runtime/session.js';

let folder: string;
const b = new GraphBuilder('add', { seed: 1 });
const bytes = exportOnnx(
  b.finish([b.add(b.input('x', [null, 3]), b.input('y', [null, 3]), { name: 'sum' })]),
);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const tensor = (values: number[]) => ({ data: Float32Array.from(values), dims: [values.length / 3, 3] });
const code = (wanted: string, message?: RegExp) =>
  expect.objectContaining({ code: wanted, ...(message && { message: expect.stringMatching(message) }) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'session-'));
  await writeFile(join(folder, 'model.onnx'), bytes);
});
afterAll(() => rm(folder, { recursive: true }));

it.each([1, 2])('runs a model from bytes and from a path with %i threads', async (threads) => {
  for (const source of [bytes, join(folder, 'model.onnx')]) {
    const session = await openSession(source, { threads, sha256 });
    expect(session.inputs).toEqual([
      { name: 'x', type: 'float32', shape: [null, 3], symbols: ['batch', null] },
      { name: 'y', type: 'float32', shape: [null, 3], symbols: ['batch', null] },
    ]);
    const result = await session.run({ x: tensor([1, 2, 3, 4, 5, 6]), y: tensor([10, 20, 30, 40, 50, 60]) });
    expect(result).toEqual({ sum: { data: Float32Array.of(11, 22, 33, 44, 55, 66), dims: [2, 3] } });
    await session.dispose();
    await session.dispose();
  }
});

it('gives results that a later run does not overwrite', async () => {
  const session = await openSession(bytes);
  const first = await session.run({ x: tensor([1, 2, 3]), y: tensor([0, 0, 0]) });
  await session.run({ x: tensor([7, 8, 9]), y: tensor([0, 0, 0]) });
  expect([...first.sum!.data]).toEqual([1, 2, 3]);
  await session.dispose();
});

it('knows its version', async () => {
  expect(await runtimeVersion()).toMatch(/^\d+\.\d+/);
});

describe('what is refused', () => {
  let session: Session;
  beforeAll(async () => {
    session = await openSession(bytes);
  });
  afterAll(() => session.dispose());

  it('a missing file, a folder', async () => {
    await expect(openSession(join(folder, 'none.onnx'))).rejects.toThrow(
      code('model_not_found', /none\.onnx/),
    );
    await expect(openSession(folder)).rejects.toThrow(code('model_not_found'));
  });

  it('another checksum, naming both', async () => {
    const other = 'ab'.repeat(32);
    const error = code(
      'model_corrupt',
      new RegExp(`abababababab… for .*model\\.onnx but received ${sha256.slice(0, 12)}`),
    );
    await expect(openSession(join(folder, 'model.onnx'), { sha256: other })).rejects.toThrow(error);
  });

  it.each([0, 10, 100])('a model of its first %i bytes', async (length) => {
    await expect(openSession(bytes.slice(0, length))).rejects.toThrow(code('model_corrupt'));
  });

  it('threads below 1', async () => {
    await expect(openSession(bytes, { threads: 0 })).rejects.toThrow(code('invalid_argument', /threads/));
  });

  it.each([
    ['nothing', {}, /input "x" but received undefined/],
    ['another type', { x: { data: Int32Array.of(1, 2, 3), dims: [1, 3] } }, /Float32Array.*Int32Array/],
    ['another shape', { x: { data: new Float32Array(4), dims: [1, 4] } }, /\[batch, 3\].*\[1, 4\]/],
    ['another rank', { x: { data: new Float32Array(3), dims: [3] } }, /\[batch, 3\]/],
    ['too few elements', { x: { data: new Float32Array(3), dims: [2, 3] } }, /6 elements/],
  ])('feeds: %s', async (_, feeds, message) => {
    await expect(session.run(feeds)).rejects.toThrow(code('invalid_argument', message));
  });

  it('sizes that do not fit each other, in one line', async () => {
    const run = session.run({
      x: tensor([1, 2, 3, 4, 5, 6]),
      y: { data: new Float32Array(9), dims: [3, 3] },
    });
    await expect(run).rejects.toThrow(code('inference_failed', /^[^\n]+$/));
  });

  it('work after an abort or after dispose', async () => {
    const signal = AbortSignal.abort();
    await expect(openSession(bytes, { signal })).rejects.toThrow(code('interrupted'));
    await expect(session.run({}, { signal })).rejects.toThrow(code('interrupted'));
    const closed = await openSession(bytes);
    await closed.dispose();
    await expect(closed.run({ x: tensor([1, 2, 3]), y: tensor([1, 2, 3]) })).rejects.toThrow(
      code('inference_failed'),
    );
  });
});
