/** `pocketlens bench demo`: the bundle's page in Chromium. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../../../models/base/paths.js';
import { openReport, type ReportFlags, withWrite } from '../report.js';
import { integer } from '../values.js';

interface Flags extends ReportFlags {
  readonly bundle?: string;
  readonly runs: number;
}

const REGION = 'bench:demo';

export function registerDemo(bench: Command): void {
  const command = bench
    .command('demo')
    .description("the bundle's page in Chromium: cold start, second visit, and warm text and subject")
    .option('--bundle <dir>', 'the bundle to show (default: built from the shipped models)')
    .option('--runs <n>', 'browsers started, and repetitions in each page', integer('--runs', 1, 100), 5)
    .option('--json <file>', 'write all figures as JSON');
  withWrite(command, REGION).action(run);
}

async function run(flags: Flags): Promise<void> {
  const [
    { measureDemo },
    { demoReport },
    { buildSite },
    { shippedBundle },
    { interruptible },
    { benchProgress },
  ] = await Promise.all([
    import('../../bundle/demo/bench/measure-demo.js'),
    import('../../bundle/demo/bench/demo-report.js'),
    import('../../bundle/demo/site/build-site.js'),
    import('../../bundle/demo/site/shipped-bundle.js'),
    import('../interrupt.js'),
    import('../progress.js'),
  ]);
  const report = await openReport(flags, REGION);
  const site = join(packageRoot(), 'runs', 'demo', 'bench');
  await buildSite({ bundle: flags.bundle ?? (await shippedBundle()), target: site });
  const progress = benchProgress('measurements');
  try {
    const result = await interruptible((signal) =>
      measureDemo({
        site,
        runs: flags.runs,
        signal,
        onProgress: progress.update,
      }),
    );
    await progress.stop();
    await report(demoReport(result), result);
  } finally {
    await progress.stop();
  }
}
