/** `pocketlens evaluate`: figures of a model on labelled images. */
import type { Command } from 'commander';
import type { PageReader } from '../../ocr/read-page.js';
import type { EvaluateOptions, Evaluation } from '../../train/bench/evaluate.js';
import type { NamedSet, SetKind } from '../../train/bench/sets.js';
import { registerSaliency } from '../evaluate-saliency.js';
import { openableFolder, openableModels } from '../precision.js';
import { choice, integer } from '../values.js';

interface EvaluateFlags {
  readonly data?: string;
  readonly set?: string[];
  readonly model?: string;
  readonly graph?: string;
  readonly decoder?: 'greedy' | 'beam';
  readonly threads: number;
  readonly predictions?: string;
  readonly write?: string;
  readonly json: boolean;
}

const EXAMPLES = `
Sets are folders of the data folder's ocr/dev (all of them by default), or any folder with labels: labels.tsv with
file<TAB>text a row, or a .json or .gt.txt beside each page.

Examples:
  pocketlens evaluate recognizer
  pocketlens evaluate recognizer --graph runs/conv/best.safetensors --set lines/sroie words
  pocketlens evaluate pages --set scribeocr --predictions predictions/`;

export function register(program: Command): void {
  const evaluate = program
    .command('evaluate')
    .description('measure a model on labelled images')
    .addHelpText('after', EXAMPLES);
  withReading(
    withOptions(
      evaluate.command('recognizer').description('read line and word crops by the network alone'),
      'the recognizer in this folder',
    ),
  ).action(recognizer);
  withReading(
    withOptions(
      evaluate.command('pages').description('find and read the text of whole pages'),
      'the models in this folder',
    ),
  ).action((flags: EvaluateFlags) => reader('pages', ['pages'], flags));
  withReading(
    withOptions(
      evaluate.command('crops').description('read line and word crops as `ocr --mode line` and `word` do'),
      'the models in this folder',
    ),
  ).action((flags: EvaluateFlags) => reader('crops', ['lines', 'words'], flags));
  withOptions(
    evaluate.command('detector').description('find the lines of pages whose lines or words are outlined'),
    'the detector in this folder',
  ).action(detector);
  registerSaliency(evaluate);
}

function withOptions(command: Command, model: string): Command {
  return command
    .option('--data <dir>', 'the data folder (default: POCKETLENS_DATA, else ./data)')
    .option('--set <name...>', 'measure on these sets only')
    .option('--model <dir>', `use ${model} (default: what is shipped)`)
    .option('--graph <file>', 'use a graph (.safetensors, .packed) of a training or compression run instead')
    .option('--threads <n>', 'threads a model runs on', integer('--threads', 1, 1024), 1)
    .option('--json', 'print JSON instead of a table', false);
}

/** Options of what reads text. */
function withReading(command: Command): Command {
  return command
    .option('--decoder <name>', 'greedy or beam', choice('--decoder', ['greedy', 'beam']), 'beam')
    .option('--predictions <dir>', 'write what was read: a TSV for each set')
    .option(
      '--write <file>',
      `put the table between <!-- evaluate:${command.name()} --> and <!-- /evaluate:${command.name()} --> of this file`,
    );
}

async function recognizer(flags: EvaluateFlags): Promise<void> {
  const { selectSets } = await import('../../train/bench/sets.js');
  const sets = selectSets(['lines', 'words'], selection(flags));
  const model = await openRecognizer(flags);
  try {
    const { evaluateRecognizer } = await import('../../train/bench/evaluate.js');
    await evaluateText('recognizer', flags, sets, (options) => evaluateRecognizer(model, sets, options));
  } finally {
    await model.dispose();
  }
}

async function reader(
  what: 'pages' | 'crops',
  kinds: readonly SetKind[],
  flags: EvaluateFlags,
): Promise<void> {
  const { selectSets } = await import('../../train/bench/sets.js');
  const sets = selectSets(kinds, selection(flags));
  const reader = await openReader(flags);
  try {
    const { evaluateReader } = await import('../../train/bench/evaluate.js');
    await evaluateText(what, flags, sets, (options) => evaluateReader(reader, sets, options));
  } finally {
    await reader.dispose();
  }
}

async function detector(flags: EvaluateFlags): Promise<void> {
  const [{ selectSets }, { evaluateDetector, detectorTable }, { interruptible }, { ui, writeTo }] =
    await Promise.all([
      import('../../train/bench/sets.js'),
      import('../../train/bench/evaluate-detector.js'),
      import('../interrupt.js'),
      import('../ui.js'),
    ]);
  const sets = selectSets(['pages'], selection(flags));
  const model = await openDetector(flags);
  try {
    const evaluations = await interruptible((signal) =>
      evaluateDetector(model, sets, {
        signal,
        onSet: ({ id, covered }) => ui.detail(`${id}: coverage F1 ${(100 * covered.f1).toFixed(2)} %`),
      }),
    );
    await writeTo(process.stdout, flags.json ? asJson(evaluations) : `${detectorTable(evaluations)}\n`);
  } finally {
    await model.dispose();
  }
}

async function evaluateText(
  what: string,
  flags: EvaluateFlags,
  sets: readonly NamedSet[],
  evaluate: (options: EvaluateOptions) => Promise<Evaluation[]>,
): Promise<void> {
  const [{ evaluationTable }, { writePredictions }, { interruptible }, { startProgress }, { writeTo }] =
    await Promise.all([
      import('../../train/bench/evaluate.js'),
      import('../../train/bench/predictions.js'),
      import('../interrupt.js'),
      import('../progress.js'),
      import('../ui.js'),
    ]);
  const bar = await startProgress(sets.length, 'sets');
  let done = 0;
  try {
    const evaluations = await interruptible((signal) =>
      evaluate({
        signal,
        ...(flags.decoder && { decoder: flags.decoder }),
        onSet: async ({ id, readings }) => {
          if (flags.predictions !== undefined) await writePredictions(flags.predictions, id, readings);
          bar.update(++done, id);
        },
      }),
    );
    bar.stop();
    const scores = evaluations.map(({ id, score }) => ({ id, ...score }));
    const table = evaluationTable(evaluations);
    await writeTo(process.stdout, flags.json ? asJson(scores) : `${table}\n`);
    if (flags.write !== undefined) {
      const [{ fillRegion }, { writeFileWhole }] = await Promise.all([
        import('../../train/bench/fill-region.js'),
        import('../../files/write-file.js'),
      ]);
      await writeFileWhole(flags.write, await fillRegion(flags.write, `evaluate:${what}`, table));
    }
  } finally {
    bar.stop();
  }
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function selection({ data, set }: EvaluateFlags) {
  return { ...(data !== undefined && { data }), ...(set && { names: set }) };
}

async function openRecognizer({ graph, model, threads }: EvaluateFlags) {
  if (graph !== undefined) {
    const [{ readModel }, { deployGraph }] = await Promise.all([
      import('../../train/compression/model-file.js'),
      import('../../train/recognizer-run.js'),
    ]);
    return deployGraph((await readModel(graph)).graph, threads);
  }
  const [{ openRecognizer }, { modelFolder }] = await Promise.all([
    import('../../../models/recognizer/open-recognizer.js'),
    import('../../../models/runtime/model-folder.js'),
  ]);
  return openRecognizer(model ? await openableFolder(model) : modelFolder('recognizer'), { threads });
}

async function openDetector({ graph, model, threads }: EvaluateFlags) {
  const [{ openDetector }, { modelFolder }] = await Promise.all([
    import('../../../models/detector/open-detector.js'),
    import('../../../models/runtime/model-folder.js'),
  ]);
  if (graph === undefined)
    return openDetector(model ? await openableFolder(model) : modelFolder('detector'), { threads });
  const [{ readModel }, { deployDetector }] = await Promise.all([
    import('../../train/compression/model-file.js'),
    import('../../train/detector-run.js'),
  ]);
  return deployDetector((await readModel(graph)).graph, threads);
}

/** A recognizer's graph reads what the shipped detector (or that of --model) finds. */
async function openReader(flags: EvaluateFlags): Promise<PageReader> {
  const { threads, model } = flags;
  const { openPageReader, createPageReader } = await import('../../ocr/read-page.js');
  if (flags.graph === undefined)
    return openPageReader({ threads, ...(model !== undefined && { models: await openableModels(model) }) });
  const [{ openDetector }, { modelFolder }, { join }] = await Promise.all([
    import('../../../models/detector/open-detector.js'),
    import('../../../models/runtime/model-folder.js'),
    import('node:path'),
  ]);
  const folder =
    model === undefined ? modelFolder('detector') : join(await openableModels(model), 'detector');
  return createPageReader(await openDetector(folder, { threads }), await openRecognizer(flags));
}
