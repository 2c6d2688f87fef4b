/** Tesseract 5 with its English model: one process for each list of files. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PocketlensError } from '../../../../models/base/errors.js';
import { cpuSeconds, endedChildrenCpuSeconds, runProcess } from '../process.js';
import type { SetKind } from '../sets.js';
import type { Peer, PeerCommand, PeerReading } from './peer.js';

export interface TesseractOptions {
  readonly threads: number;
  /** The program; found on the path by default. */
  readonly command?: string;
}

const LANGUAGE = 'eng';
/** Page segmentation modes: one line, one word, automatic. */
const MODE_OF = { lines: 7, words: 8, pages: 3 } as const satisfies Record<SetKind, number>;

export function tesseract({ threads, command = 'tesseract' }: TesseractOptions): Peer {
  const call = (args: readonly string[]): PeerCommand => ({
    command,
    args,
    // Beyond this many, its own threads only get into each other's way.
    env: { OMP_THREAD_LIMIT: String(threads) },
  });
  const reading = (input: string, kind: SetKind) =>
    call([input, 'stdout', '-l', LANGUAGE, '--psm', String(MODE_OF[kind])]);
  return {
    name: 'tesseract',
    title: 'Tesseract',
    async describe(signal) {
      const remedy = 'Install Debian\'s "tesseract-ocr" and "tesseract-ocr-eng".';
      const run = async (args: readonly string[]) => {
        try {
          const { stdout, stderr } = await runProcess(call(args), { signal });
          return stdout + stderr;
        } catch (cause) {
          if (!(cause instanceof PocketlensError) || cause.code !== 'tool_missing') throw cause;
          throw new PocketlensError('tool_missing', cause.message, { remedy, cause });
        }
      };
      const version = /tesseract v?(\S+)/.exec(await run(['--version']))?.[1] ?? 'of unknown version';
      const languages = await run(['--list-langs']);
      const folder = /"(.+?)"/.exec(languages)?.[1];
      const model = folder && (await stat(join(folder, `${LANGUAGE}.traineddata`)).catch(() => undefined));
      if (!model) {
        throw new PocketlensError(
          'tool_missing',
          `Expected ${LANGUAGE}.traineddata for Tesseract but found none.`,
          {
            remedy,
          },
        );
      }
      return { version, modelBytes: model.size, fingerprint: `${version} ${model.size} threads ${threads}` };
    },
    async open(kind) {
      const folder = await mkdtemp(join(tmpdir(), 'pocketlens-bench-'));
      const list = join(folder, 'list.txt');
      return {
        async read(paths, signal) {
          const readings: PeerReading[] = [];
          // A file that it cannot read ends its run: go on behind it.
          while (readings.length < paths.length) {
            const left = paths.slice(readings.length).map((path) => resolve(path));
            await writeFile(list, left.map((path) => `${path}\n`).join(''));
            const read = await readList(reading(list, kind), left.length, signal);
            readings.push(...read);
          }
          return readings;
        },
        close: () => rm(folder, { recursive: true, force: true }),
      };
    },
    readOne: (image) => reading(image, 'pages'),
  };
}

/** Tesseract names each file on standard error when it starts to read it: the times between are the files' own. */
async function readList(command: PeerCommand, count: number, signal?: AbortSignal): Promise<PeerReading[]> {
  const starts: number[] = [];
  const before = endedChildrenCpuSeconds();
  let loading: number | undefined;
  const { code, stdout, stderr } = await runProcess(command, {
    signal,
    onStderrLine: (line, pid) => {
      if (!line.startsWith(`Page ${starts.length} : `)) return;
      if (starts.length === 0) loading = cpuSeconds(pid);
      starts.push(performance.now());
    },
  });
  starts.push(performance.now());
  const after = endedChildrenCpuSeconds();
  const begun = starts.length - 1;
  if (begun === 0 || (code === 0 && begun < count)) {
    const said = stderr.trim().split('\n').at(-1) ?? '';
    throw new PocketlensError(
      'inference_failed',
      `Expected Tesseract to read ${count} files but it read ${begun}: ${said}`,
    );
  }
  const known = before !== undefined && after !== undefined && loading !== undefined;
  const cpu = known ? Math.max(0, after - before - loading!) : undefined;
  const total = (starts[begun]! - starts[0]!) / 1000;
  return splitPages(stdout, begun, code !== 0).map((text, i) => {
    const seconds = (starts[i + 1]! - starts[i]!) / 1000;
    // Ticks of the clock are too coarse for one line: the list's CPU time is shared out by elapsed time.
    return {
      text,
      seconds,
      ...(cpu !== undefined && { cpuSeconds: (cpu * seconds) / Math.max(1e-9, total) }),
    };
  });
}

/** Texts of a list of files: form feeds stand between them. The last one has no text where it ended the run. */
export function splitPages(stdout: string, begun: number, failed: boolean): string[] {
  const texts = stdout.split('\f').map((text) => text.trim());
  return Array.from({ length: begun }, (_, i) => (failed && i === begun - 1 ? '' : (texts[i] ?? '')));
}
