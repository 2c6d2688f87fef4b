/** `pocketlens bench crf`: our dense CRF and pydensecrf2 in turns on the same images. */
import type { Command } from 'commander';
import { openReport, type ReportFlags, withWrite } from '../report.js';
import { integer } from '../values.js';

interface Flags extends ReportFlags {
  readonly data?: string;
  readonly limit: number;
  readonly rounds: number;
  readonly python?: string;
}

const REGION = 'bench:crf';

/** Adds the command to the group `bench`. */
export function registerCrf(bench: Command): void {
  const command = bench
    .command('crf')
    .description('sharpen the same maps with our CRF and with pydensecrf2')
    .option('--data <dir>', 'a folder of images/ and masks/ (default: ECSSD of the data folder)')
    .option('--limit <n>', 'at most so many images, spread over the folder', integer('--limit', 1), 10)
    .option('--rounds <n>', 'how often each program refines each image', integer('--rounds', 1, 1000), 5)
    .option('--python <path>', 'Python with pydensecrf2 (default: POCKETLENS_PYTHON, else python3)');
  withWrite(command, REGION).action(compare);
}

async function compare({ data, limit, rounds, python, ...flags }: Flags): Promise<void> {
  const [{ compareCrf, crfReport }, { dataPath }, { interruptible }] = await Promise.all([
    import('../../train/bench/saliency-crf/compare-crf.js'),
    import('../../../models/base/paths.js'),
    import('../interrupt.js'),
  ]);
  const report = await openReport(flags, REGION);
  const folder = data ?? dataPath('saliency', 'dev', 'ecssd');
  const result = await interruptible((signal) => compareCrf({ folder, limit, rounds, python, signal }));
  await report(crfReport(result));
}
