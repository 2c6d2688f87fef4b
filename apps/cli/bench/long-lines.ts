/** `pocketlens bench long-lines`: reads long lines whole and in overlapping pieces. */
import type { Command } from 'commander';
import { openableFolder } from '../precision.js';
import { openReport, type ReportFlags, withWrite } from '../report.js';
import { decimal, integer } from '../values.js';

interface Flags extends ReportFlags {
  readonly data?: string;
  readonly set?: string[];
  readonly leastRatio: number;
  readonly threads: number;
  readonly model?: string;
}

const REGION = 'bench:long-lines';
/** Widths of pieces in line heights. */
const PIECES = [8, 12, 16];

/** Adds the command to the group `bench`. */
export function registerLongLines(bench: Command): void {
  const command = bench
    .command('long-lines')
    .description('read long lines whole and in overlapping pieces')
    .option('--data <dir>', 'the data folder (default: POCKETLENS_DATA, else ./data)')
    .option('--set <name...>', 'only these line sets')
    .option(
      '--least-ratio <r>',
      'only lines so many times as wide as high',
      decimal('--least-ratio', 1, 1000),
      16,
    )
    .option('--threads <n>', 'threads', integer('--threads', 1, 1024), 1)
    .option('--model <dir>', 'folder of the recognizer (default: the shipped one)');
  withWrite(command, REGION).action(compare);
}

async function compare(flags: Flags): Promise<void> {
  const [{ compareLongLines, longLinesTable }, { selectSets }, { modelFolder }, { interruptible }] =
    await Promise.all([
      import('../../train/bench/long-lines.js'),
      import('../../train/bench/sets.js'),
      import('../../../models/runtime/model-folder.js'),
      import('../interrupt.js'),
    ]);
  const report = await openReport(flags, REGION);
  const { data, set, leastRatio, threads } = flags;
  const sets = selectSets(['lines'], { ...(data !== undefined && { data }), ...(set && { names: set }) });
  const folder = flags.model ? await openableFolder(flags.model) : modelFolder('recognizer');
  const results = await interruptible((signal) =>
    compareLongLines({
      folder,
      sets,
      leastRatio,
      pieces: PIECES,
      threads,
      signal,
    }),
  );
  await report(longLinesTable(results));
}
