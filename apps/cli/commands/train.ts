/** `pocketlens train`: runs and resumes training; `train plot` draws a run's curves. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { expected } from '../../../models/base/errors.js';
import { makeFolder } from '../../../models/base/make-folder.js';
import type { StepReport } from '../../../models/training/loop.js';
import type { SessionOptions } from '../../train/run-config.js';
import { interruptible } from '../interrupt.js';
import type { Progress } from '../progress.js';
import { registerPack } from '../train-pack.js';
import { ui } from '../ui.js';
import { choice, decimal, integer } from '../values.js';

interface TrainFlags {
  readonly config: string;
  readonly minutes: number;
  readonly steps?: number;
  readonly resume: boolean;
  readonly run?: string;
  readonly init?: string;
  readonly dense?: string;
  readonly threads?: number;
  readonly workers: number;
  readonly evaluateEvery: number;
  readonly sample: number;
  readonly fonts?: string;
  readonly corpus?: string;
  readonly textures?: string;
}

interface PackageFlags {
  readonly output: string;
  readonly weights: 'latest' | 'best';
  readonly data: string[];
  readonly minutesBefore: number;
  readonly stepsBefore: number;
}

interface SpellingFlags {
  readonly output: string;
  readonly corpus?: string;
  readonly leastCount: number;
  readonly lists: string[];
}

interface PseudoMaskFlags {
  readonly name: string;
  readonly side: number;
  readonly minSure: number;
  readonly threads: number;
}

const MODELS = {
  recognizer: 'recognizer',
  detector: 'detector',
  saliency: 'saliency network',
} as const;

type TrainedModel = keyof typeof MODELS;

export function register(program: Command): void {
  const train = program.command('train').description('train a model');
  for (const model of ['recognizer', 'detector', 'saliency'] as const) {
    const session = train
      .command(model)
      .description(`train the ${MODELS[model]}; ends cleanly on Ctrl-C and keeps its state`)
      .requiredOption('--config <file>', 'run configuration (JSON; see apps/train/configs)')
      .option('--minutes <m>', 'length of this session', decimal('--minutes', 0.01, 100_000), 60)
      .option('--steps <n>', 'stop after so many steps', integer('--steps', 1))
      .option('--run <dir>', 'folder of the run (default: runs/<config name>)')
      .option('--resume', 'go on from the last checkpoint of the run', false)
      .option('--init <file>', 'start from the weights of a .safetensors graph with the same shapes')
      .option('--threads <n>', 'threads of the engine', integer('--threads', 1, 256))
      .option('--workers <n>', 'threads that make samples', integer('--workers', 0, 64), 1)
      .option(
        '--evaluate-every <min>',
        'minutes between evaluations',
        decimal('--evaluate-every', 0.1, 10_000),
        15,
      )
      .option('--sample <n>', 'evaluate each n-th dev sample while training', integer('--sample', 1), 4)
      .action((flags: TrainFlags) => runTraining(model, flags));
    if (model === 'saliency') {
      session.option(
        '--dense <file>',
        'take the backbone and the dense stream from this graph, the rest from --init',
      );
      continue;
    }
    session
      .option('--fonts <dir>', 'fonts to render with')
      .option('--corpus <dir>', 'text to render')
      .option('--textures <dir>', 'backgrounds to render on');
  }
  train
    .command('package')
    .description('measure the weights of a run on all dev sets and write them as a model folder')
    .argument('<run>', 'folder of the run')
    .requiredOption('-o, --output <dir>', 'model folder to write, e.g. models/weights/recognizer')
    .option('--weights <which>', 'latest or best', choice('--weights', ['latest', 'best']), 'latest')
    .option('--data <names...>', 'what the run and its predecessors were trained on, for the card', [
      'rendered',
    ])
    .option(
      '--minutes-before <m>',
      'training minutes of the runs it started from',
      decimal('--minutes-before', 0, 1e7),
      0,
    )
    .option('--steps-before <n>', 'steps of the runs it started from', integer('--steps-before', 0), 0)
    .action(async (run: string, flags: PackageFlags) => {
      const { loadEngine } = await import('../../../models/engine/load-engine.js');
      await loadEngine();
      const { nextVersion, packageModel } = await import('../../train/package-model.js');
      const { output, ...options } = flags;
      const card = await packageModel(run, output, { ...options, version: await nextVersion(output) });
      ui.note(`Wrote ${card.name} ${card.version} to ${output}.`);
    });
  train
    .command('spelling')
    .description(
      'count the letters and words of the corpus: what makes one of several unsure readings likelier',
    )
    .requiredOption('-o, --output <file>', 'file to write, e.g. models/weights/spelling.safetensors')
    .option('--corpus <dir>', 'text to count')
    .option('--least-count <n>', 'words that occur as often are known', integer('--least-count', 1), 4)
    .option('--lists <files...>', 'files of further known words, one a line', [])
    .action(async ({ corpus, ...flags }: SpellingFlags) => {
      const [{ renderingFolders }, { trainSpelling }] = await Promise.all([
        import('../data-folders.js'),
        import('../../train/train-spelling.js'),
      ]);
      const { corpusFolder } = await renderingFolders({ corpus });
      const { metadata } = await trainSpelling({ corpusFolder, ...flags });
      ui.note(
        `Wrote ${flags.output}: ${metadata.words} words, ${metadata.known} of them known; ` +
          `${metadata.heldOutBitsPerLetter} bits a letter of words that were left out.`,
      );
    });
  train
    .command('pseudo-label')
    .description(
      'let PP-OCR read what a data set marks, as further training data; labels get case and punctuation',
    )
    .argument('<folder>', 'page images, each with a JSON of quads, or crops with labels.tsv')
    .requiredOption('--name <set>', 'name of the set: configurations then call it "pseudo/<set>"')
    .option('--min-confidence <p>', 'readings below it are left out', decimal('--min-confidence', 0, 1), 0.9)
    .option('--python <path>', 'Python with rapidocr and onnxruntime (default: POCKETLENS_PYTHON, python3)')
    .action(async (source: string, flags: { name: string; minConfidence: number; python?: string }) => {
      const { pseudoLabel } = await import('../../train/pseudo-label.js');
      const { PSEUDO_PREFIX, trainFolder } = await import('../../train/read-set.js');
      const { name, ...options } = flags;
      const output = trainFolder(`${PSEUDO_PREFIX}${name}`);
      const { cut, labelled } = await interruptible((signal) =>
        pseudoLabel({ source, output, ...options, signal }),
      );
      ui.note(`Labelled ${labelled} of ${cut} crops in ${output}.`);
    });
  train
    .command('pseudo-mask')
    .description('let U²-Netp mark what stands out in unlabelled photographs, as further training data')
    .argument('<photos>', 'folder of photographs')
    .requiredOption('--name <set>', 'name of the set: configurations then call it "pseudo/<set>"')
    .option(
      '--side <n>',
      'longest side of the photographs as they are kept',
      integer('--side', 64, 4096),
      320,
    )
    .option(
      '--min-sure <share>',
      'leave out photographs of whose pixels the teacher is sure of fewer',
      decimal('--min-sure', 0, 1),
      0.8,
    )
    .option('--threads <n>', 'threads of the teacher', integer('--threads', 1, 256), 2)
    .action(async (photos: string, { name, threads, ...options }: PseudoMaskFlags) => {
      const [{ pseudoMask }, { u2netp }, { saliencyTrainFolder }, { startProgress }] = await Promise.all([
        import('../../train/pseudo-mask.js'),
        import('../../train/bench/peers/saliency-u2netp.js'),
        import('../../train/saliency-data.js'),
        import('../progress.js'),
      ]);
      if (!/^[\w-]+$/.test(name))
        throw expected('invalid_argument', 'letters, digits, "-" and "_"', '--name', name);
      const output = saliencyTrainFolder(`pseudo/${name}`);
      let bar: Progress | undefined;
      const { seen, kept } = await interruptible((signal) =>
        pseudoMask({
          photos,
          output,
          teacher: u2netp({ threads }),
          ...options,
          signal,
          onStart: async (total) => {
            bar = await startProgress(total, 'photographs');
          },
          onPhoto: (done) => bar?.update(done),
        }),
      ).finally(() => bar?.stop());
      ui.note(`Kept ${kept} of ${seen} photographs in ${output}.`);
    });
  registerPack(train);
  train
    .command('plot')
    .description("draw the curves of runs' metrics.jsonl as SVG")
    .argument('<runs...>', 'folders of runs')
    .requiredOption('-o, --output <file>', 'SVG to write')
    .action(async (runs: string[], { output }: { output: string }) => {
      const { plotRuns } = await import('../../train/plot.js');
      await plotRuns(runs, output);
    });
}

async function runTraining(model: TrainedModel, flags: TrainFlags): Promise<void> {
  const { loadEngine } = await import('../../../models/engine/load-engine.js');
  const engine = await loadEngine(flags.threads === undefined ? {} : { threads: flags.threads });
  const { readRunConfig } = await import('../../train/run-config.js');
  const name = flags.config
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.json$/, '');
  const folder = flags.run ?? join('runs', name);
  const config = await readRunConfig(flags.config);
  await makeFolder(folder);
  const start = await trainerOf(model, flags);
  const bar = trainingBar();
  ui.note(`Training ${model} in ${folder} for ${flags.minutes} min on the ${engine.backend} backend.`);
  await interruptible((signal) =>
    start(config, {
      folder,
      minutes: flags.minutes,
      ...(flags.steps !== undefined && { steps: flags.steps }),
      resume: flags.resume,
      ...(flags.init !== undefined && { init: flags.init }),
      ...(flags.dense !== undefined && { dense: flags.dense }),
      workers: flags.workers,
      evaluateEveryMinutes: flags.evaluateEvery,
      every: flags.sample,
      signal,
      onStep: bar.step,
      onEvaluate: (step, figures) => {
        const [metric, value] = Object.entries(figures).at(-1) ?? ['', Number.NaN];
        ui.note(`step ${step}: ${metric} ${value.toFixed(3)}`);
      },
    }),
  );
}

type Trainer = (config: unknown, session: SessionOptions) => Promise<unknown>;

async function trainerOf(model: TrainedModel, flags: TrainFlags): Promise<Trainer> {
  if (model === 'saliency') return (await import('../../train/train-saliency.js')).trainSaliency;
  const { renderingFolders } = await import('../data-folders.js');
  const folders = await renderingFolders(flags);
  const { trainRecognizer } = await import('../../train/train-recognizer.js');
  const { trainDetector } = await import('../../train/train-detector.js');
  const start = model === 'recognizer' ? trainRecognizer : trainDetector;
  return (config, session) => start(config, folders, session);
}

/** Rate, loss and time left: redrawn in place on a terminal, a line now and then elsewhere. */
function trainingBar(): { step(report: StepReport): void } {
  let last = 0;
  return {
    step(report) {
      const now = performance.now();
      if (now - last < (ui.isInteractive ? 500 : 60_000)) return;
      last = now;
      const { step, loss, rate, learningRate, minutesLeft, progress } = report;
      const done = '#'.repeat(Math.round(20 * progress)).padEnd(20, '.');
      const text = `[${done}] step ${step}  loss ${loss.toFixed(3)}  ${rate.toFixed(0)}/s  lr ${learningRate.toExponential(1)}  ${minutesLeft.toFixed(1)} min left`;
      if (ui.isInteractive) process.stderr.write(`\r\x1b[K${text}`);
      else ui.note(text);
    },
  };
}
