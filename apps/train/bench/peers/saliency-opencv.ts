/** OpenCV's classic saliency by PyPI's `opencv-contrib-python-headless`: a Python process that reads names from a pipe. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PocketlensError } from '../../../../models/base/errors.js';
import { packageRoot } from '../../../../models/base/paths.js';
import { loadGrayValues } from '../../scoring/saliency/labelled-set.js';
import { LineProcess } from '../line-process.js';
import { runProcess } from '../process.js';
import type { PeerCommand } from './peer.js';
import type { SaliencyPeer } from './saliency-peer.js';

export const OPENCV_METHODS = ['spectral-residual', 'fine-grained'] as const;
export type OpencvMethod = (typeof OPENCV_METHODS)[number];

export interface OpencvOptions {
  readonly threads: number;
  /** Python that has OpenCV with its contributed modules; POCKETLENS_PYTHON, else python3, by default. */
  readonly python?: string;
}

const TITLES = {
  'spectral-residual': 'OpenCV spectral residual',
  'fine-grained': 'OpenCV fine-grained',
} as const satisfies Record<OpencvMethod, string>;

const SCRIPT = join(packageRoot(), 'apps/train/bench/peers/opencv-saliency.py');
/** What it answers when the package is not there. */
const NOT_INSTALLED = 3;
const REMEDY = 'Install PyPI\'s "opencv-contrib-python-headless" and name that Python by --python.';

const factsSchema = z.object({ version: z.string() });
const answerSchema = z.object({ seconds: z.number() });

export function opencvSaliency(method: OpencvMethod, { threads, python }: OpencvOptions): SaliencyPeer {
  const title = TITLES[method];
  const call = (...args: string[]): PeerCommand => ({
    command: python ?? (process.env.POCKETLENS_PYTHON || 'python3'),
    args: [SCRIPT, ...['--method', method, '--threads', String(threads)], ...args],
    env: { PYTHONIOENCODING: 'utf-8' },
  });
  const failed = (stderr: string) => {
    const said = stderr.trim().split('\n').at(-1) ?? '';
    return new PocketlensError('inference_failed', `Expected ${title} to run but it failed: ${said}`);
  };
  return {
    name: `opencv-${method}`,
    title,
    async describe(signal) {
      const { code, stdout, stderr } = await runProcess(call('--describe'), { signal }).catch((cause) => {
        if (!(cause instanceof PocketlensError) || cause.code !== 'tool_missing') throw cause;
        throw new PocketlensError('tool_missing', cause.message, { remedy: REMEDY, cause });
      });
      if (code === NOT_INSTALLED) {
        throw new PocketlensError(
          'tool_missing',
          "Expected OpenCV's saliency module for Python but found none.",
          {
            remedy: REMEDY,
          },
        );
      }
      if (code !== 0) throw failed(stderr);
      const { version } = factsSchema.parse(JSON.parse(stdout));
      const digest = createHash('sha256').update(readFileSync(SCRIPT)).digest('hex').slice(0, 16);
      return { version, modelBytes: 0, fingerprint: `${version} ${digest} threads ${threads}` };
    },
    async open(signal) {
      const folder = await mkdtemp(join(tmpdir(), 'pocketlens-bench-'));
      const output = join(folder, 'map.png');
      const process = new LineProcess(call(), failed, signal);
      return {
        async find(path, signal) {
          const question = { image: resolve(path), output };
          const { seconds } = answerSchema.parse(
            JSON.parse(await process.ask(JSON.stringify(question), signal)),
          );
          return { map: await loadGrayValues(output), seconds };
        },
        async close() {
          await process.close();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
    findOne: (image, output) => call('--image', image, '--output', output),
  };
}
