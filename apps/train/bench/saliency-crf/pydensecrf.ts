/** PyPI's `pydensecrf2`: a Python process that refines the maps it is sent. */
import { join } from 'node:path';
import { z } from 'zod';
import { PocketlensError } from '../../../../models/base/errors.js';
import type { ColourImage, FloatMap } from '../../../../models/base/image.js';
import { packageRoot } from '../../../../models/base/paths.js';
import type { ResolvedCrfOptions } from '../../../../models/saliency/crf/options.js';
import { LineProcess } from '../line-process.js';
import type { PeerCommand } from '../peers/peer.js';
import { runProcess } from '../process.js';

/** What pydensecrf.py answers when the packages are not there. */
const NOT_INSTALLED = 3;
const REMEDY = 'Install PyPI\'s "pydensecrf2" and "numpy" and name that Python by --python.';

const factsSchema = z.object({ version: z.string() });
const answerSchema = z.object({ seconds: z.number(), cpuSeconds: z.number(), map: z.string() });

export interface TimedMap {
  readonly map: FloatMap;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export class Pydensecrf {
  readonly version: string;
  readonly #process: LineProcess;

  private constructor(version: string, process: LineProcess) {
    this.version = version;
    this.#process = process;
  }

  /** @param python that has the package; POCKETLENS_PYTHON, else python3, by default. @throws tool_missing */
  static async open(python?: string, signal?: AbortSignal): Promise<Pydensecrf> {
    const call = (...args: string[]): PeerCommand => ({
      command: python ?? (process.env.POCKETLENS_PYTHON || 'python3'),
      args: [join(packageRoot(), 'apps/train/bench/saliency-crf/pydensecrf.py'), ...args],
      env: { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', PYTHONIOENCODING: 'utf-8' },
    });
    const { code, stdout, stderr } = await runProcess(call('--describe'), { signal }).catch((cause) => {
      if (!(cause instanceof PocketlensError) || cause.code !== 'tool_missing') throw cause;
      throw new PocketlensError('tool_missing', cause.message, { remedy: REMEDY, cause });
    });
    if (code === NOT_INSTALLED) {
      const message = 'Expected pydensecrf2 for Python but found none.';
      throw new PocketlensError('tool_missing', message, { remedy: REMEDY });
    }
    if (code !== 0) throw failed(stderr);
    const { version } = factsSchema.parse(JSON.parse(stdout));
    return new Pydensecrf(version, new LineProcess(call(), failed, signal));
  }

  async refine(pixels: ColourImage, map: FloatMap, options: ResolvedCrfOptions): Promise<TimedMap> {
    const { width, height } = map;
    const request = { width, height, pixels: base64(pixels.data), map: base64(map.data), options };
    const answer = answerSchema.parse(JSON.parse(await this.#process.ask(JSON.stringify(request))));
    const bytes = Uint8Array.from(Buffer.from(answer.map, 'base64'));
    return { ...answer, map: { width, height, data: new Float32Array(bytes.buffer) } };
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function failed(stderr: string): PocketlensError {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return new PocketlensError('inference_failed', `Expected pydensecrf2 to run but it failed: ${said}`);
}
