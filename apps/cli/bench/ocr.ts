/** `pocketlens bench ocr`: Pocketlens and other programs read the same images. */
import type { Command } from 'commander';
import type { PeerName } from '../../train/bench/peers/peer.js';
import { openableModels } from '../precision.js';
import { openReport, type ReportFlags, withWrite } from '../report.js';
import { choices, integer } from '../values.js';

interface Flags extends ReportFlags {
  readonly peers?: PeerName[];
  readonly data?: string;
  readonly set?: string[];
  readonly limit?: number;
  readonly threads: number;
  readonly model?: string;
  readonly python?: string;
  readonly run: string;
  readonly fresh: boolean;
}

/** Names only, so that the help loads no peer. */
const PEERS = ['pocketlens', 'tesseract', 'ppocr'] as const satisfies readonly PeerName[];

/** The marks around the tables in a README. */
const REGION = 'bench:ocr';

const NOTES = `
Peers: Tesseract 5 with English (Debian: tesseract-ocr tesseract-ocr-eng), and PP-OCR by PyPI's rapidocr 3.10 with
onnxruntime. One that is not installed is a row that says so. What was read is kept below --run: an interrupted bench
goes on where it ended. For figures of speed start over with --fresh, so that all programs take turns.

Examples:
  pocketlens bench ocr --limit 20
  pocketlens bench ocr --fresh --python ~/venv/bin/python --write README.md`;

/** Adds the command to the group `bench`. */
export function registerOcr(bench: Command): void {
  const command = bench
    .command('ocr')
    .description('read the same lines, words and pages with several programs')
    .option(
      '--peers <names>',
      `programs, separated by commas (default: ${PEERS.join()})`,
      choices('--peers', PEERS),
    )
    .option('--data <dir>', 'the data folder (default: POCKETLENS_DATA, else ./data)')
    .option('--set <name...>', 'only these sets, e.g. lines/sroie, scribeocr, or pages')
    .option('--limit <n>', 'at most so many images of each set, spread over it', integer('--limit', 1))
    .option('--threads <n>', 'threads that each program may use', integer('--threads', 1, 1024), 1)
    .option('--model <dir>', 'use the models in this folder')
    .option('--python <path>', 'Python with rapidocr (default: POCKETLENS_PYTHON, else python3)')
    .option('--run <dir>', 'where to keep what was read', 'runs/bench')
    .option('--fresh', 'start over instead of going on', false)
    .option('--json <file>', 'write all figures as JSON');
  withWrite(command, REGION).addHelpText('after', NOTES).action(benchOcr);
}

async function benchOcr(flags: Flags): Promise<void> {
  const [
    { runBench },
    { benchReport },
    { ResultCache },
    { selectSets, SET_KINDS },
    { interruptible },
    { benchProgress },
  ] = await Promise.all([
    import('../../train/bench/run-bench.js'),
    import('../../train/bench/bench-report.js'),
    import('../../train/bench/result-cache.js'),
    import('../../train/bench/sets.js'),
    import('../interrupt.js'),
    import('../progress.js'),
  ]);
  const { ui } = await import('../ui.js');
  const sets = selectSets(SET_KINDS, {
    ...(flags.data !== undefined && { data: flags.data }),
    ...(flags.set && { names: flags.set }),
  });
  const report = await openReport(flags, REGION);
  const names = flags.peers ?? PEERS;
  const peers = await Promise.all(names.map((name) => openPeer(name, flags)));
  const progress = benchProgress('images');
  try {
    const result = await interruptible((signal) =>
      runBench({
        peers,
        sets,
        ...(flags.limit !== undefined && { limit: flags.limit }),
        threads: flags.threads,
        cache: new ResultCache(flags.run, { fresh: flags.fresh }),
        signal,
        onProgress: progress.update,
      }),
    );
    await progress.stop();
    for (const { title, absent } of result.peers)
      if (absent) ui.note(`${title}, ${absent.what}: ${absent.reason}`);
    await report(benchReport(result), result);
  } finally {
    await progress.stop();
  }
}

async function openPeer(name: PeerName, { threads, model, python }: Flags) {
  switch (name) {
    case 'pocketlens': {
      const { pocketlens } = await import('../../train/bench/peers/pocketlens.js');
      return pocketlens({ threads, ...(model !== undefined && { models: await openableModels(model) }) });
    }
    case 'tesseract': {
      const { tesseract } = await import('../../train/bench/peers/tesseract.js');
      return tesseract({ threads });
    }
    case 'ppocr': {
      const { ppocr } = await import('../../train/bench/peers/ppocr.js');
      return ppocr({ threads, ...(python !== undefined && { python }) });
    }
  }
}
