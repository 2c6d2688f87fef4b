/** `pocketlens bench saliency`: Pocketlens and other programs find what stands out in the same images. */
import type { Command } from 'commander';
import type { SaliencyBenchResult } from '../../train/bench/saliency-bench.js';
import { openableFolder } from '../precision.js';
import { openReport, type ReportFlags, withWrite } from '../report.js';
import { choices, integer } from '../values.js';

interface Flags extends ReportFlags {
  readonly peers?: Group[];
  readonly data?: string;
  readonly set?: string[];
  readonly limit?: number;
  readonly threads: number;
  readonly model?: string;
  readonly u2netp?: string;
  readonly python?: string;
  readonly plot?: string;
  readonly run: string;
  readonly fresh: boolean;
}

/** Names only, so that the help loads no peer. */
const GROUPS = ['pocketlens', 'u2netp', 'opencv'] as const;
type Group = (typeof GROUPS)[number];

const REGION = 'bench:saliency';

const NOTES = `
Peers: U²-Netp (backbones/u2netp.onnx of the data sets), and OpenCV's spectral residual and fine-grained saliency (PyPI:
opencv-contrib-python-headless). One that is not installed is a row that says so. Maps are kept below --run: an
interrupted bench goes on where it ended. --fresh finds them anew. Times and memory are measured in every run, of all programs.

Examples:
  pocketlens bench saliency --limit 20
  pocketlens bench saliency --fresh --python ~/venv/bin/python --write README.md`;

/** Adds the command to the group `bench`. */
export function registerSaliency(bench: Command): void {
  const command = bench
    .command('saliency')
    .description('find what stands out in the same images with several programs')
    .option(
      '--peers <names>',
      `programs, separated by commas (default: ${GROUPS.join()})`,
      choices('--peers', GROUPS),
    )
    .option(
      '--data <dir>',
      'a set, a folder of sets, or the data folder (default: POCKETLENS_DATA, else ./data)',
    )
    .option('--set <name...>', 'only these sets, e.g. ecssd, or a folder of images/ and masks/')
    .option('--limit <n>', 'at most so many images of each set, spread over it', integer('--limit', 1))
    .option('--threads <n>', 'threads that each program may use', integer('--threads', 1, 1024), 2)
    .option('--model <dir>', 'use the saliency network in this folder (default: what is shipped)')
    .option('--u2netp <file>', 'the ONNX file of U²-Netp')
    .option('--python <path>', 'Python with OpenCV (default: POCKETLENS_PYTHON, else python3)')
    .option('--run <dir>', 'where to keep the maps', 'runs/bench-saliency')
    .option('--fresh', 'start over instead of going on', false)
    .option('--json <file>', 'write all figures as JSON')
    .option('--plot <file>', 'draw precision against recall, a file for each set (FILE-SET.svg or .png)');
  withWrite(command, REGION).addHelpText('after', NOTES).action(benchSaliency);
}

async function benchSaliency(flags: Flags): Promise<void> {
  const [
    { runSaliencyBench },
    { saliencyReport },
    { selectSaliencySets },
    { checkFigurePath },
    { interruptible },
    { benchProgress },
    { ui },
    { join },
  ] = await Promise.all([
    import('../../train/bench/saliency-bench.js'),
    import('../../train/bench/saliency-report.js'),
    import('../../train/bench/saliency-sets.js'),
    import('../../train/render-svg.js'),
    import('../interrupt.js'),
    import('../progress.js'),
    import('../ui.js'),
    import('node:path'),
  ]);
  const { data, set, limit, threads, fresh, run } = flags;
  const sets = selectSaliencySets({ ...(data !== undefined && { data }), ...(set && { names: set }) });
  // What cannot be written is refused before the work, not after it.
  const report = await openReport(flags, REGION);
  if (flags.plot !== undefined) checkFigurePath(flags.plot, '--plot');
  const peers = (await Promise.all((flags.peers ?? GROUPS).map((group) => openGroup(group, flags)))).flat();
  const progress = benchProgress('maps');
  try {
    const result = await interruptible((signal) =>
      runSaliencyBench({
        peers,
        sets,
        ...(limit !== undefined && { limit }),
        threads,
        maps: join(run, 'maps'),
        fresh,
        signal,
        onProgress: progress.update,
      }),
    );
    await progress.stop();
    for (const { title, absent } of result.peers)
      if (absent) ui.note(`${title}, ${absent.what}: ${absent.reason}`);
    await report(saliencyReport(result), result);
    if (flags.plot !== undefined) await drawCurves(result, flags.plot);
  } finally {
    await progress.stop();
  }
}

async function drawCurves({ peers }: SaliencyBenchResult, file: string): Promise<void> {
  const [{ precisionRecallFigure }, { writeFigure }, { extname }] = await Promise.all([
    import('../../train/bench/saliency-plot.js'),
    import('../../train/render-svg.js'),
    import('node:path'),
  ]);
  const suffix = extname(file);
  for (const id of new Set(peers.flatMap(({ sets }) => sets.map((set) => set.id)))) {
    const curves = peers.flatMap(({ title, sets }) =>
      sets.filter((set) => set.id === id).map(({ curve }) => ({ id: title, curve })),
    );
    await writeFigure(`${file.slice(0, -suffix.length)}-${id}${suffix}`, precisionRecallFigure(curves));
  }
}

async function openGroup(group: Group, { threads, model, u2netp: file, python }: Flags) {
  switch (group) {
    case 'pocketlens': {
      const { POCKETLENS_ROWS, pocketlensSaliency } = await import(
        '../../train/bench/peers/saliency-pocketlens.js'
      );
      const options = { threads, ...(model !== undefined && { model: await openableFolder(model) }) };
      return POCKETLENS_ROWS.map(({ name }) => pocketlensSaliency(name, options));
    }
    case 'u2netp': {
      const { u2netp } = await import('../../train/bench/peers/saliency-u2netp.js');
      return [u2netp({ threads, ...(file !== undefined && { model: file }) })];
    }
    case 'opencv': {
      const { OPENCV_METHODS, opencvSaliency } = await import('../../train/bench/peers/saliency-opencv.js');
      const options = { threads, ...(python !== undefined && { python }) };
      return OPENCV_METHODS.map((method) => opencvSaliency(method, options));
    }
  }
}
