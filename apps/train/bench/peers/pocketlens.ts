/** Pocketlens itself: within this process for many images, as the command for one. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PocketlensError } from '../../../../models/base/errors.js';
import { packageRoot } from '../../../../models/base/paths.js';
import { readModelCard } from '../../../../models/runtime/model-folder.js';
import { openSpelling } from '../../../../models/spelling/open-spelling.js';
import { openPageReader } from '../../../ocr/read-page.js';
import { hashCode } from '../code-hash.js';
import { readFileText } from '../evaluate.js';
import type { Peer, PeerReading } from './peer.js';

export interface PocketlensOptions {
  readonly threads: number;
  /** Folder of the model folders; the shipped ones when not given. */
  readonly models?: string;
}

const MODELS = ['detector', 'recognizer'] as const;
const MODE_OF = { lines: 'line', words: 'word', pages: 'page' } as const;
/** What reading runs, compiled. */
const CODE = [
  'apps/ocr',
  'models/detector',
  'models/recognizer',
  'models/spelling',
  'models/runtime',
  'models/base',
];

export function pocketlens({ threads, models }: PocketlensOptions): Peer {
  const folder = models ?? join(packageRoot(), 'models', 'weights');
  return {
    name: 'pocketlens',
    title: 'Pocketlens',
    async describe() {
      const hash = createHash('sha256');
      let modelBytes = 0;
      for (const model of MODELS) {
        const { files } = await readModelCard(join(folder, model));
        modelBytes += files.model!.bytes;
        hash.update(files.model!.sha256);
      }
      const spelling = (await openSpelling(folder)).encode();
      modelBytes += spelling.length;
      hash.update(spelling);
      const file = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
      const { version } = JSON.parse(file) as { version: string };
      hashCode(CODE, hash);
      return {
        version,
        modelBytes,
        fingerprint: `${version} ${hash.digest('hex').slice(0, 16)} threads ${threads}`,
      };
    },
    async open(kind) {
      const reader = await openPageReader({ threads, ...(models !== undefined && { models }) });
      let warm = false;
      return {
        async read(paths, signal) {
          const options = { threads, ...(signal && { signal }) };
          const mode = MODE_OF[kind];
          const readOne = async (path: string) => {
            try {
              return await readFileText(reader, path, mode, options);
            } catch (error) {
              if (error instanceof PocketlensError && error.exitCode === 66) return '';
              throw error;
            }
          };
          if (!warm && paths[0] !== undefined) await readOne(paths[0]);
          warm = true;
          const readings: PeerReading[] = [];
          for (const path of paths) {
            signal?.throwIfAborted();
            const cpu = process.cpuUsage();
            const start = performance.now();
            const text = await readOne(path);
            const seconds = (performance.now() - start) / 1000;
            const { user, system } = process.cpuUsage(cpu);
            readings.push({ text, seconds, cpuSeconds: (user + system) / 1e6 });
          }
          return readings;
        },
        close: () => reader.dispose(),
      };
    },
    readOne: (image) => ({
      command: process.execPath,
      args: [
        join(packageRoot(), 'apps', 'cli', 'bin.mjs'),
        ...['ocr', '--threads', String(threads)],
        ...(models === undefined ? [] : ['--model', models]),
        image,
      ],
    }),
  };
}
