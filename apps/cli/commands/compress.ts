/** `pocketlens compress`: makes a model smaller and faster by a recipe; `compress report`; `compress auto`. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { PocketlensError } from '../../../models/base/errors.js';
import { registerCompressAuto } from '../compress-auto.js';
import { nameOf, openTask, sizeOf, stageLine, type TaskFlags, withTask } from '../compress-flags.js';
import { registerCompressReport } from '../compress-report.js';
import { interruptible } from '../interrupt.js';
import { ui } from '../ui.js';

interface CompressFlags extends TaskFlags {
  readonly recipe?: string;
  readonly output?: string;
  readonly run?: string;
  readonly resume: boolean;
  readonly latency: boolean;
}

const EXAMPLES = `
MODEL is a model folder, a graph (.safetensors, .packed), an .onnx file, or the name of a shipped model; OUT is a model
folder (of a model folder) or a .onnx, .safetensors or .packed file. Presets: tiny, balanced, accurate; the first two
train, and so need a model of ours. A recipe:

  { "name": "mine", "floor": { "maxLoss": 0.5 },
    "passes": [{ "pass": "fold-batch-norm" }, { "pass": "quantize" }] }

Other models than ours are calibrated by one half of what lies in --data and judged by the other. Pictures are for models
with one input of grey or RGB images. How pixels become numbers a preprocessing.json in the folder says: (value / 255 -
mean) / std, as in { "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "width": 224, "height": 224 }. For all
other models: .npy files (numpy.save), one a sample, of the input's sizes, with or without a batch of 1; for several
inputs a subfolder of each one's name, with files named alike. Without --data: recipes without a floor, of passes that
need no data, as { "pass": "quantize", "activations": "dynamic" }. The stages' sizes are those of .packed files; .onnx
files hold 8 bits a weight or more.

Examples:
  pocketlens compress recognizer --recipe balanced -o small/recognizer
  pocketlens compress net.onnx --recipe mine.json --data photographs/ -o net-int8.onnx
  pocketlens compress text.onnx --recipe accurate --data arrays/ -o text-int8.onnx
  pocketlens compress report runs/compress-recognizer-balanced -o report.md
  pocketlens compress auto detector --max-bytes 1000000 -o small/detector`;

export function register(program: Command): void {
  const command = program
    .command('compress')
    .description('make a model smaller and faster')
    .argument('<model>', 'model folder, graph, ONNX file or name of a shipped model')
    .option('--recipe <file>', 'recipe (JSON) or preset; needed')
    .option('-o, --output <path>', 'where the result goes; needed')
    .option('--run <dir>', 'folder of the run (default: runs/compress-<model>-<recipe>)')
    .option('--resume', 'go on with the run that is in the folder', false)
    .option('--no-latency', 'measure no latency');
  withTask(command).addHelpText('after', EXAMPLES).action(compressModel);
  registerCompressReport(command);
  registerCompressAuto(command);
}

async function compressModel(source: string, flags: CompressFlags): Promise<void> {
  const { checkOutput, readModel, writeModel } = await import('../../train/compression/model-file.js');
  const { loadRecipe } = await import('../../../compression/recipe.js');
  const { output } = flags;
  if (flags.recipe === undefined || output === undefined) {
    throw new PocketlensError('usage', 'Expected --recipe and --output but one is missing.', {
      remedy: 'Run "pocketlens compress --help".',
    });
  }
  const recipe = await loadRecipe(flags.recipe);
  const model = await readModel(source, flags.inputShape);
  for (const note of model.notes ?? []) ui.note(note);
  checkOutput(output, source, model.card !== undefined);
  const folder = flags.run ?? join('runs', `compress-${nameOf(source)}-${recipe.name}`);
  const { runCompress } = await import('../../train/compression/run-compress.js');
  const result = await interruptible(async (signal) => {
    const opened = await openTask(model, flags, join(folder, 'tune'), signal);
    return runCompress({
      model,
      source,
      recipe,
      ...(opened.task && { task: opened.task }),
      evaluate: flags.evaluate !== 'none' && opened.task !== undefined,
      judgedBy: opened.judgedBy,
      every: opened.every,
      folder,
      resume: flags.resume,
      seed: flags.seed,
      timed: flags.latency,
      signal,
      note: (text) => ui.note(text),
      onStage: (stage, resumed) => ui.note(stageLine(stage, resumed)),
    });
  });
  if (result.stopped) ui.note(result.stopped);
  await writeModel(output, result.written);
  ui.note(`Wrote stage ${result.kept} to ${output}${sizeOf(output)}; the run is in ${folder}.`);
}
