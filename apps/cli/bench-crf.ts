/** `pocketlens bench crf`: our dense CRF and pydensecrf2 in turns on the same images. */
import type { Command } from 'commander';
import { integer } from './values.js';

interface Flags {
  readonly data?: string;
  readonly limit: number;
  readonly rounds: number;
  readonly python?: string;
  readonly write?: string;
}

const REGION = 'bench:crf';

/** Adds the command to the group `bench`. */
export function registerCrf(bench: Command): void {
  bench
    .command('crf')
    .description('sharpen the same maps with our CRF and with pydensecrf2')
    .option('--data <dir>', 'a folder of images/ and masks/ (default: ECSSD of the data folder)')
    .option('--limit <n>', 'at most so many images, spread over the folder', integer('--limit', 1), 10)
    .option('--rounds <n>', 'how often each program refines each image', integer('--rounds', 1, 1000), 5)
    .option('--python <path>', 'Python with pydensecrf2 (default: POCKETLENS_PYTHON, else python3)')
    .option('--write <file>', `put the table between <!-- ${REGION} --> and <!-- /${REGION} --> of this file`)
    .action(compare);
}

async function compare({ data, limit, rounds, python, write }: Flags): Promise<void> {
  const [{ compareCrf, crfReport }, { fillRegion }, { dataPath }, { interruptible }, { writeTo }] =
    await Promise.all([
      import('../train/bench/saliency-crf/compare-crf.js'),
      import('../train/bench/fill-region.js'),
      import('../../models/base/paths.js'),
      import('./interrupt.js'),
      import('./ui.js'),
    ]);
  if (write !== undefined) await fillRegion(write, REGION, '');
  const folder = data ?? dataPath('saliency', 'dev', 'ecssd');
  const result = await interruptible((signal) => compareCrf({ folder, limit, rounds, python, signal }));
  const report = crfReport(result);
  await writeTo(process.stdout, `${report}\n`);
  if (write !== undefined) {
    const { writeFileWhole } = await import('../files/write-file.js');
    await writeFileWhole(write, await fillRegion(write, REGION, report));
  }
}
