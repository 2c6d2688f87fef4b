/** `pocketlens bench demo`: the bundle's page in Chromium. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../../models/base/paths.js';
import { integer } from './values.js';

interface Flags {
  readonly bundle?: string;
  readonly runs: number;
  readonly json?: string;
  readonly write?: string;
}

const REGION = 'bench:demo';

export function registerDemo(bench: Command): void {
  bench
    .command('demo')
    .description("the bundle's page in Chromium: cold start, second visit, and warm text and subject")
    .option('--bundle <dir>', 'the bundle to show (default: built from the shipped models)')
    .option('--runs <n>', 'browsers started, and repetitions in each page', integer('--runs', 1, 100), 5)
    .option('--json <file>', 'write all figures as JSON')
    .option('--write <file>', `put the table between <!-- ${REGION} --> and <!-- /${REGION} --> of this file`)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const [
    { measureDemo, stepCount },
    { demoReport },
    { buildSite },
    { shippedBundle },
    { interruptible },
    { startProgress },
    { ui, writeTo },
    files,
    regions,
  ] = await Promise.all([
    import('../bundle/demo/bench/measure-demo.js'),
    import('../bundle/demo/bench/demo-report.js'),
    import('../bundle/demo/site/build-site.js'),
    import('../bundle/demo/site/shipped-bundle.js'),
    import('./interrupt.js'),
    import('./progress.js'),
    import('./ui.js'),
    import('../files/write-file.js'),
    import('../train/bench/fill-region.js'),
  ]);
  // A file without the marks is refused before the work, not after it.
  if (flags.write !== undefined) await regions.fillRegion(flags.write, REGION, '');
  const site = join(packageRoot(), 'runs', 'demo', 'bench');
  await buildSite({ bundle: flags.bundle ?? (await shippedBundle()), target: site });
  const bar = await startProgress(stepCount(flags.runs), 'measurements');
  try {
    const result = await interruptible((signal) =>
      measureDemo({
        site,
        runs: flags.runs,
        signal,
        onProgress: (done, total, note) => {
          bar.update(done, note);
          if (!ui.isInteractive) ui.detail(`${done} of ${total}: ${note}`);
        },
      }),
    );
    bar.stop();
    const report = demoReport(result);
    await writeTo(process.stdout, `${report}\n`);
    if (flags.json !== undefined)
      await files.writeFileWhole(flags.json, `${JSON.stringify(result, null, 2)}\n`);
    if (flags.write !== undefined)
      await files.writeFileWhole(flags.write, await regions.fillRegion(flags.write, REGION, report));
  } finally {
    bar.stop();
  }
}
