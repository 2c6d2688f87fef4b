/** What the compress commands share: their options, the task they make of them, and what they tell of stages. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Stage } from '../../compression/run-folder.js';
import { expected } from '../../models/base/errors.js';
import type { Graph, Shape } from '../../models/graph/ir.js';
import type { StepReport } from '../../models/training/loop.js';
import { ui } from './ui.js';
import { choice, integer } from './values.js';

/** Dev sets are large: one of so many samples tells enough while a recipe is tried. */
const OWN_SAMPLE = 8;

export interface TaskFlags {
  readonly data?: string;
  readonly config?: string;
  readonly sample?: number;
  readonly seed: number;
  readonly threads?: number;
  readonly workers: number;
  readonly fonts?: string;
  readonly corpus?: string;
  readonly textures?: string;
  readonly evaluate: 'sample' | 'all' | 'none';
  readonly inputShape?: Record<string, Shape>;
}

/** Options of what needs data. */
export function withTask(command: Command): Command {
  return command
    .option(
      '--data <dir>',
      'the data folder (default: POCKETLENS_DATA, else ./data); of other models, pictures or .npy files',
    )
    .option(
      '--input-shape <name=sizes>',
      'sizes of an input of an ONNX file, in its own order, ? for any: image=?,3,224,224',
      inputShape,
    )
    .option(
      '--evaluate <what>',
      'sample, all or none',
      choice('--evaluate', ['sample', 'all', 'none']),
      'sample',
    )
    .option(
      '--sample <n>',
      'with sample: judge by each n-th dev sample (default: 8; of other models: 1)',
      integer('--sample', 1),
    )
    .option('--config <file>', 'run configuration to tune with (default: that of the model)')
    .option('--seed <n>', 'seed of everything that is drawn', integer('--seed', 0), 1)
    .option('--threads <n>', 'threads of the engine', integer('--threads', 1, 256))
    .option('--workers <n>', 'threads that make samples', integer('--workers', 0, 64), 1)
    .option('--fonts <dir>', 'fonts to render with')
    .option('--corpus <dir>', 'text to render')
    .option('--textures <dir>', 'backgrounds to render on');
}

/** Opens what the model is judged and tuned by. */
export async function openTask(
  { graph }: { readonly graph: Graph },
  flags: TaskFlags,
  folder: string,
  signal: AbortSignal,
) {
  const { openCompressionTask, ownTaskOf } = await import('../train/compression/open-task.js');
  const { renderingFolders } = await import('./data-folders.js');
  const own = ownTaskOf(graph);
  // Only training needs it.
  if (own) await loadEngine(flags.threads);
  // What reads the data sets finds them by this variable.
  if (own && flags.data !== undefined) process.env.POCKETLENS_DATA = resolve(flags.data);
  if (!own && flags.config !== undefined) {
    throw expected('invalid_argument', 'a model of ours', '--config', graph.name, {
      remedy: 'Only the recognizer, the detector and the saliency network can be tuned.',
    });
  }
  const every = flags.evaluate === 'all' ? 1 : (flags.sample ?? (own ? OWN_SAMPLE : 1));
  const task = await openCompressionTask(graph, {
    folder,
    every,
    seed: flags.seed,
    workers: flags.workers,
    folders: () => renderingFolders(flags),
    signal,
    onStep: stepNote(),
    ...(flags.config !== undefined && { configFile: flags.config }),
    ...(!own && flags.data !== undefined && { samples: flags.data }),
  });
  // What was judged by other data, or tuned by another configuration, is not gone on with.
  const data = own && flags.data !== undefined ? resolve(flags.data) : undefined;
  const parts = [own ?? 'pictures', `1/${every}`, task?.fingerprint, data, await nameOfContent(flags.config)];
  const judgedBy = parts.filter((part) => part !== undefined).join(' ');
  return { task: task && { ...task, fingerprint: judgedBy }, every, judgedBy };
}

/** A short name of what a file says. */
async function nameOfContent(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 16);
}

async function loadEngine(threads: number | undefined): Promise<void> {
  const engine = await import('../../models/engine/load-engine.js');
  await engine.loadEngine(threads === undefined ? {} : { threads });
}

export function stageLine({ index, pass, evaluation, measurement }: Stage, resumed: boolean): string {
  const parts = [`${index}. ${pass}${resumed ? ' (kept from before)' : ''}`];
  if (evaluation) parts.push(`quality ${evaluation.quality.toFixed(2)}`);
  if (measurement) {
    parts.push(`${(measurement.size.file / 1000).toFixed(0)} kB`);
    parts.push(`${(measurement.cost.macs / 1e6).toFixed(1)} M MACs`);
  }
  return parts.join(', ');
}

/** For the last line: the stages' sizes are those of packed files, which need less than ONNX has types for. */
export function sizeOf(output: string): string {
  const stats = statSync(output, { throwIfNoEntry: false });
  return stats?.isFile() ? ` (${(stats.size / 1000).toFixed(0)} kB)` : '';
}

function inputShape(text: string, before: Record<string, Shape> = {}): Record<string, Shape> {
  const at = text.lastIndexOf('=');
  const sizes = text.slice(at + 1).split(/[,x]/);
  if (at > 0 && sizes.every((size) => /^([1-9]\d{0,8}|\?)$/.test(size)))
    return { ...before, [text.slice(0, at)]: sizes.map((size) => (size === '?' ? null : Number(size))) };
  throw expected('invalid_argument', 'name=size,size,…', '--input-shape', text, {
    remedy: 'For example --input-shape image=1,3,224,224.',
  });
}

export function nameOf(source: string): string {
  return basename(source, extname(source));
}

/** A line now and then about the tuning. */
function stepNote(): (report: StepReport) => void {
  let last = 0;
  return ({ step, loss, rate, minutesLeft }) => {
    const now = performance.now();
    if (now - last < (ui.isInteractive ? 5_000 : 60_000)) return;
    last = now;
    ui.note(
      `  step ${step}, loss ${loss.toFixed(3)}, ${rate.toFixed(0)}/s, ${minutesLeft.toFixed(1)} min left`,
    );
  };
}
