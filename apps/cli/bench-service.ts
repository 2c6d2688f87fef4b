/** `pocketlens bench service`: the HTTP service under load. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { PocketlensError } from '../../models/base/errors.js';
import { packageRoot } from '../../models/base/paths.js';
import { choice, integer } from './values.js';

interface Flags {
  readonly requests: number;
  readonly jobs?: number;
  readonly queue: number;
  readonly refine: 'none' | 'crf';
  readonly side: number;
  readonly model?: string;
  readonly json?: string;
  readonly write?: string;
}

const REGION = 'bench:service';
const STEP = 1000;

export function registerService(bench: Command): void {
  bench
    .command('service')
    .description('the service under load: speed, refusals, memory, and whether each answer is for its image')
    .option('--requests <n>', 'of the long run', integer('--requests', 1, 10_000_000), 5000)
    .option('--jobs <n>', 'images worked on at a time (default: one a core)', integer('--jobs', 1, 256))
    .option('--queue <n>', 'images that may wait', integer('--queue', 0, 1024), 8)
    .option('--refine <how>', 'none or crf', choice('--refine', ['none', 'crf'] as const), 'none')
    .option('--side <n>', 'sides of the images, about', integer('--side', 16, 4096), 320)
    .option('--model <folder>', 'use the models in this folder')
    .option('--json <file>', 'write all figures as JSON')
    .option('--write <file>', `put the table between <!-- ${REGION} --> and <!-- /${REGION} --> of this file`)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const [
    { benchService, serviceReport },
    { interruptible },
    { startProgress },
    { ui, writeTo },
    files,
    regions,
  ] = await Promise.all([
    import('../saliency/server/bench/service-bench.js'),
    import('./interrupt.js'),
    import('./progress.js'),
    import('./ui.js'),
    import('../files/write-file.js'),
    import('../train/bench/fill-region.js'),
  ]);
  if (flags.write !== undefined) await regions.fillRegion(flags.write, REGION, '');
  const jobs = flags.jobs ?? availableParallelism();
  const service = await startService(jobs, flags);
  const bar = await startProgress(flags.requests, 'requests');
  try {
    const result = await interruptible((signal) =>
      benchService({
        url: service.url,
        requests: flags.requests,
        step: Math.min(STEP, flags.requests),
        capacity: jobs + flags.queue,
        refine: flags.refine,
        side: flags.side,
        signal,
        onProgress: (done, _total, note) => {
          bar?.update(done, note);
          if (!ui.isInteractive) ui.detail(`${done} ${note}`);
        },
      }),
    );
    bar?.stop();
    const report = serviceReport(result);
    await writeTo(process.stdout, `${report}\n`);
    if (flags.json !== undefined)
      await files.writeFileWhole(flags.json, `${JSON.stringify(result, null, 2)}\n`);
    if (flags.write !== undefined)
      await files.writeFileWhole(flags.write, await regions.fillRegion(flags.write, REGION, report));
  } finally {
    bar?.stop();
    await service.stop();
  }
}

/** In a process of its own, so that its memory is its own. */
async function startService(jobs: number, { queue, model }: Flags) {
  const bin = join(packageRoot(), 'apps', 'cli', 'bin.mjs');
  const args = ['serve', '--port', '0', '--jobs', String(jobs), '--threads', String(jobs)];
  args.push('--queue', String(queue), '--max-uploads', '1024', '--log-level', 'error');
  if (model !== undefined) args.push('--model', model);
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      said += chunk;
      const found = /Listening on (http\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
    void exited.then(() =>
      reject(
        new PocketlensError('tool_missing', `Expected the service to start but received: ${said.trim()}`),
      ),
    );
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
