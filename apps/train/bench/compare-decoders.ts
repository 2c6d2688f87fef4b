/**
 * The comparison of Namysl and Konya (2019): the recurrent against the convolutional decoder, with and without
 * alpha-compositing of the rendered lines, each trained for the same time from the same seed and measured alike.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { loadGraph } from '../../../models/graph/serialize.js';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import { recognizerOf } from '../../../models/recognizer/open-recognizer.js';
import { openSession, type Session } from '../../../models/runtime/session.js';
import { readRunState } from '../../../models/training/checkpoint.js';
import { devFigures } from '../read-set.js';
import type { SessionOptions } from '../run-config.js';
import { type RenderFolders, trainRecognizer } from '../train-recognizer.js';
import { markdownTable } from './markdown-table.js';

export interface DecoderVariant {
  readonly name: string;
  readonly decoder: 'recurrent' | 'convolutional';
  readonly compositing: boolean;
}

export const DECODER_VARIANTS: readonly DecoderVariant[] = (['recurrent', 'convolutional'] as const).flatMap(
  (decoder) =>
    [true, false].map((compositing) => ({
      name: `${decoder}-${compositing ? 'composited' : 'plain'}`,
      decoder,
      compositing,
    })),
);

/** Networks of about the same cost: what the two decoders are given of it. */
const DECODERS = {
  convolutional: { type: 'convolutional', blocks: 3, kernel: 5 },
  recurrent: { type: 'recurrent', hidden: 128, layers: 1 },
} as const;

export interface DecoderResult extends DecoderVariant {
  readonly minutes: number;
  readonly steps: number;
  /** Percent. */
  readonly figures: Readonly<Record<string, number>>;
  readonly bytes: number;
  /** A 32×320 line in a batch of 8 on one thread. */
  readonly milliseconds: number;
}

export interface CompareOptions {
  /** Folder of the four runs. */
  readonly folder: string;
  readonly minutes: number;
  /** The run configuration they share; its decoder and compositing are replaced. */
  readonly config: Record<string, unknown>;
  readonly folders: RenderFolders;
  readonly session: Pick<SessionOptions, 'workers' | 'signal' | 'onStep'>;
  readonly onVariant?: (variant: DecoderVariant) => void;
}

/** Trains what is not trained yet (a run that was cut short goes on), then measures all four. */
export async function compareDecoders(options: CompareOptions): Promise<DecoderResult[]> {
  for (const variant of DECODER_VARIANTS) {
    if (options.session.signal?.aborted) break;
    options.onVariant?.(variant);
    await trainVariant(variant, options);
  }
  options.session.signal?.throwIfAborted();
  const speeds = await measureSpeeds(options.folder);
  const results: DecoderResult[] = [];
  for (const variant of DECODER_VARIANTS) {
    const folder = join(options.folder, variant.name);
    const bytes = await deployedBytes(folder);
    const graph = await loadGraph(join(folder, 'latest.safetensors'));
    const recognizer = recognizerOf(
      await openSession(bytes, { threads: 2 }),
      recognizerConfigSchema.parse(graph.meta.config),
    );
    const figures = await devFigures(recognizer);
    await recognizer.dispose();
    const state = await readRunState(folder);
    const { minutes = 0, step: steps = 0 } = state ?? {};
    results.push({
      ...variant,
      minutes,
      steps,
      figures,
      bytes: bytes.byteLength,
      milliseconds: speeds.get(variant.name)!,
    });
  }
  return results;
}

async function trainVariant(variant: DecoderVariant, options: CompareOptions): Promise<void> {
  const folder = join(options.folder, variant.name);
  const done = (await readRunState(folder))?.minutes ?? 0;
  // A few seconds are not worth another warm-up.
  if (done >= options.minutes - 0.2) return;
  await mkdir(folder, { recursive: true });
  const { model = {}, synth = {} } = options.config as { model?: object; synth?: object };
  const config = {
    ...options.config,
    model: { ...model, decoder: DECODERS[variant.decoder] },
    synth: { ...synth, compositing: variant.compositing },
  };
  const minutes = options.minutes - done;
  await trainRecognizer(config, options.folders, {
    ...options.session,
    folder,
    minutes,
    resume: done > 0,
    evaluateEveryMinutes: Number.POSITIVE_INFINITY,
    every: 4,
  });
}

async function deployedBytes(folder: string): Promise<Uint8Array> {
  return exportOnnx(foldBatchNorm(await loadGraph(join(folder, 'latest.safetensors'))).graph);
}

/** Interleaved, so that a busy moment of the machine strikes all alike; the least of many. */
async function measureSpeeds(folder: string): Promise<Map<string, number>> {
  const [batch, height, width, rounds] = [8, 32, 320, 30];
  const sessions = new Map<string, Session>();
  for (const { name } of DECODER_VARIANTS) {
    sessions.set(name, await openSession(await deployedBytes(join(folder, name)), { threads: 1 }));
  }
  const least = new Map<string, number>();
  const data = new Float32Array(batch * height * width);
  for (let round = 0; round < rounds; round++) {
    for (const [name, session] of sessions) {
      const start = performance.now();
      await session.run({ [session.inputs[0]!.name]: { data, dims: [batch, 1, height, width] } });
      const each = (performance.now() - start) / batch;
      least.set(name, Math.min(each, least.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  for (const session of sessions.values()) await session.dispose();
  return least;
}

const WORD_SETS = ['iiit5k', 'svt', 'icdar2015', 'icdar2013-borndigital'] as const;

/** The table of the README. */
export function decoderTable(results: readonly DecoderResult[]): string {
  const words = ({ figures }: DecoderResult) =>
    WORD_SETS.reduce((sum, set) => sum + figures[`${set}.accuracy`]!, 0) / WORD_SETS.length;
  return markdownTable(
    [
      { title: 'decoder', align: 'left' },
      { title: 'alpha-compositing', align: 'left' },
      { title: 'minutes' },
      { title: 'steps' },
      { title: 'lines: mean CER %' },
      { title: 'words: mean accuracy %' },
      { title: 'ms a 32×320 line' },
      { title: 'MB' },
    ],
    results.map((result) => [
      result.decoder,
      result.compositing ? 'yes' : 'no',
      result.minutes.toFixed(0),
      String(result.steps),
      result.figures['mean-line-cer']!.toFixed(2),
      words(result).toFixed(1),
      result.milliseconds.toFixed(2),
      (result.bytes / 1e6).toFixed(2),
    ]),
  );
}
