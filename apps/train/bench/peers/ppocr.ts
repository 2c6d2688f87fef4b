/** PP-OCR by PyPI's `rapidocr` on ONNX Runtime: a Python process that reads the names of images from a pipe. */
import { join } from 'node:path';
import { z } from 'zod';
import { PocketlensError } from '../../../../models/base/errors.js';
import { packageRoot } from '../../../../models/base/paths.js';
import { LineProcess } from '../line-process.js';
import { runProcess } from '../process.js';
import type { Peer, PeerCommand, PeerReading } from './peer.js';

export interface PpocrOptions {
  readonly threads: number;
  /** Python that has rapidocr; POCKETLENS_PYTHON, else python3, by default. */
  readonly python?: string;
}

/** What ppocr.py answers when the packages are not there. */
const NOT_INSTALLED = 3;
const REMEDY = 'Install PyPI\'s "rapidocr==3.10.*" and "onnxruntime" and name that Python by --python.';

const factsSchema = z.object({
  version: z.string(),
  models: z.array(z.object({ name: z.string(), bytes: z.number() })),
});
const readingSchema = z.object({
  text: z.string(),
  confidence: z.number(),
  seconds: z.number(),
  cpuSeconds: z.number(),
});

export function ppocr({ threads, python }: PpocrOptions): Peer {
  const call = (...args: string[]): PeerCommand => ({
    command: python ?? (process.env.POCKETLENS_PYTHON || 'python3'),
    args: [join(packageRoot(), 'apps/train/bench/peers/ppocr.py'), '--threads', String(threads), ...args],
    env: {
      OMP_NUM_THREADS: String(threads),
      OPENBLAS_NUM_THREADS: String(threads),
      PYTHONIOENCODING: 'utf-8',
    },
  });
  return {
    name: 'ppocr',
    title: 'PP-OCR (rapidocr)',
    async describe(signal) {
      const { code, stdout, stderr } = await runProcess(call('--describe'), { signal }).catch((cause) => {
        if (!(cause instanceof PocketlensError) || cause.code !== 'tool_missing') throw cause;
        throw new PocketlensError('tool_missing', cause.message, { remedy: REMEDY, cause });
      });
      if (code === NOT_INSTALLED) {
        throw new PocketlensError('tool_missing', 'Expected rapidocr for Python but found none.', {
          remedy: REMEDY,
        });
      }
      if (code !== 0) throw failed(stderr);
      const { version, models } = factsSchema.parse(JSON.parse(stdout));
      const modelBytes = models.reduce((sum, { bytes }) => sum + bytes, 0);
      return { version, modelBytes, fingerprint: `${version} ${modelBytes} threads ${threads}` };
    },
    async open(kind, signal) {
      return new PpocrSession(new LineProcess(call('--kind', kind), failed, signal));
    },
    readOne: (image) => call('--kind', 'pages', '--text', image),
  };
}

class PpocrSession {
  readonly #process: LineProcess;
  #warm = false;

  constructor(process: LineProcess) {
    this.#process = process;
  }

  async read(paths: readonly string[], signal?: AbortSignal): Promise<PeerReading[]> {
    if (!this.#warm && paths[0] !== undefined) await this.#process.ask(paths[0], signal);
    this.#warm = true;
    const readings: PeerReading[] = [];
    for (const path of paths) {
      const answer = await this.#process.ask(path, signal);
      readings.push(readingSchema.parse(JSON.parse(answer)));
    }
    return readings;
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}

function failed(stderr: string): PocketlensError {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return new PocketlensError('inference_failed', `Expected rapidocr to run but it failed: ${said}`, {
    remedy: 'The bench was made with rapidocr 3.10.',
  });
}
