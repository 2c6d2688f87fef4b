/** LiteRT, by its Python package `ai-edge-litert`, for `.tflite` files. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PocketlensError } from '../../../../models/base/errors.js';
import type { Tensor } from '../../reader/types.js';
import { invalid } from '../bundle-files.js';
import type { RuntimeKind, VerifierSession } from './runtime.js';

/** Reads a line of JSON and the inputs' numbers, answers with a line of JSON and the outputs'. */
const SCRIPT = `
import json, sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter(model_path=sys.argv[1])
feeds = json.loads(sys.stdin.buffer.readline())
runner = interpreter.get_signature_runner()
values = {}
for name, shape in feeds.items():
    count = int(np.prod(shape))
    values[name] = np.frombuffer(sys.stdin.buffer.read(4 * count), '<f4').reshape(shape)
results = {name: np.ascontiguousarray(value, '<f4') for name, value in runner(**values).items()}
out = sys.stdout.buffer
out.write(json.dumps({name: value.shape for name, value in results.items()}).encode() + b'\\n')
for value in results.values():
    out.write(value.tobytes())
`;

const python = () => process.env.POCKETLENS_PYTHON || 'python3';

export const tfliteRuntime: RuntimeKind = {
  formats: ['tflite'],
  async find() {
    const code = 'import ai_edge_litert, importlib.metadata as m; print(m.version("ai-edge-litert"))';
    try {
      const { stdout } = await promisify(execFile)(python(), ['-c', code], { timeout: 60_000 });
      return { name: `ai-edge-litert ${stdout.trim()}`, createSession: open };
    } catch {
      return undefined;
    }
  },
};

async function open(bytes: Uint8Array): Promise<VerifierSession> {
  const folder = await mkdtemp(join(tmpdir(), 'pocketlens-tflite-'));
  const model = join(folder, 'model.tflite');
  await writeFile(model, bytes);
  return {
    run: (feeds) => runOnce(model, feeds),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

async function runOnce(
  model: string,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const head = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
  const numbers = Object.values(feeds).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  const output = await talk([model], Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...numbers]));
  const end = output.indexOf(10);
  const shapes = JSON.parse(output.subarray(0, end).toString()) as Record<string, number[]>;
  let at = end + 1;
  return Object.fromEntries(
    Object.entries(shapes).map(([name, dims]) => {
      const size = 4 * dims.reduce((a, b) => a * b, 1);
      const data = new Float32Array(new Uint8Array(output.subarray(at, at + size)).buffer);
      at += size;
      return [name, { data, dims }];
    }),
  );
}

function talk(args: readonly string[], input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(python(), ['-c', SCRIPT, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(Buffer.concat(out)) : reject(refusal(Buffer.concat(err))),
    );
    child.stdin.end(input);
  });
}

function refusal(stderr: Buffer): PocketlensError {
  const line = stderr.toString().trim().split('\n').at(-1) ?? '';
  if (/unresolved custom op|didn't find op|unsupported|not registered/i.test(line))
    return new PocketlensError(
      'unsupported_operator',
      `Expected operators that LiteRT has but received: ${line}`,
    );
  return invalid(`Expected a model that LiteRT loads but it says: ${line}.`);
}
