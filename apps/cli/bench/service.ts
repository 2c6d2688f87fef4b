/** `pocketlens bench service`: the HTTP service under load. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { PocketlensError } from '../../../models/base/errors.js';
import { packageRoot } from '../../../models/base/paths.js';
import { openReport, type ReportFlags, withWrite } from '../report.js';
import { choice, integer } from '../values.js';

interface Flags extends ReportFlags {
  readonly requests: number;
  readonly jobs?: number;
  readonly queue: number;
  readonly refine: 'none' | 'crf';
  readonly side: number;
  readonly model?: string;
}

const REGION = 'bench:service';
const STEP = 1000;

export function registerService(bench: Command): void {
  const command = bench
    .command('service')
    .description('the service under load: speed, refusals, memory, and whether each answer is for its image')
    .option('--requests <n>', 'of the long run', integer('--requests', 1, 10_000_000), 5000)
    .option('--jobs <n>', 'images worked on at a time (default: one a core)', integer('--jobs', 1, 256))
    .option('--queue <n>', 'images that may wait', integer('--queue', 0, 1024), 8)
    .option('--refine <how>', 'none or crf', choice('--refine', ['none', 'crf'] as const), 'none')
    .option('--side <n>', 'sides of the images, about', integer('--side', 16, 4096), 320)
    .option('--model <folder>', 'use the models in this folder')
    .option('--json <file>', 'write all figures as JSON');
  withWrite(command, REGION).action(run);
}

async function run(flags: Flags): Promise<void> {
  const [{ benchService, serviceReport }, { interruptible }, { benchProgress }] = await Promise.all([
    import('../../service/bench/service-bench.js'),
    import('../interrupt.js'),
    import('../progress.js'),
  ]);
  const report = await openReport(flags, REGION);
  const jobs = flags.jobs ?? availableParallelism();
  const service = await startService(jobs, flags);
  const progress = benchProgress('requests');
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
        onProgress: progress.update,
      }),
    );
    await progress.stop();
    await report(serviceReport(result), result);
  } finally {
    await progress.stop();
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
