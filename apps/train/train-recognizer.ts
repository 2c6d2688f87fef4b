/** Runs a training session of the recognizer. */

import { join } from 'node:path';
import type { Graph } from '../../models/graph/ir.js';
import { loadGraph } from '../../models/graph/serialize.js';
import { buildRecognizer } from '../../models/recognizer/network.js';
import { readRunState } from '../../models/training/checkpoint.js';
import type { TrainingResult } from '../../models/training/loop.js';
import type { LineRendererOptions, ProfileName } from '../../synth/line.js';
import { openLineBatches, type RealSource } from './line-batches.js';
import { loadRealLines } from './read-set.js';
import { deployGraph, recognizerRunSchema, recognizerTask } from './recognizer-run.js';
import { parseRun, type SessionOptions } from './run-config.js';
import { startFrom } from './start-from.js';
import { trainSession } from './train-session.js';

export interface RenderFolders {
  readonly fontFolder: string;
  readonly corpusFolder: string;
  readonly textureFolder?: string;
}

export async function trainRecognizer(
  config: unknown,
  folders: RenderFolders,
  session: SessionOptions,
): Promise<TrainingResult> {
  const run = parseRun(recognizerRunSchema, config);
  const fresh: Graph = buildRecognizer(run.model, run.seed);
  const source = session.init === undefined ? undefined : await loadGraph(session.init);
  const graph = source ? startFrom(fresh, source) : fresh;
  const saved = session.resume ? await readRunState(session.folder) : undefined;
  // Labels that lost case, curly quotes and dashes need a model that can already read.
  const able = saved ? await loadGraph(join(session.folder, 'latest.safetensors')) : source;
  const teacher = able ? await deployGraph(able, 2) : undefined;
  const real: RealSource[] = [];
  for (const [set, share] of Object.entries(run.real))
    real.push({ samples: await loadRealLines(set, teacher), share });
  await teacher?.dispose();
  const { profiles, languages, ...synth } = run.synth;
  const renderer: LineRendererOptions = {
    ...folders,
    ...synth,
    seed: run.seed,
    charset: run.model.charset,
    ...(profiles && { profiles: profiles as Partial<Record<ProfileName, number>> }),
    ...(languages && { languages }),
  };
  const dataset = openLineBatches({
    renderer,
    model: run.model,
    real,
    batchPixels: run.batchPixels,
    reuse: run.reuse,
    workers: session.workers,
    from: saved?.data.next ?? 0,
    seed: run.seed,
  });
  return trainSession(graph, recognizerTask(dataset, run, session.every), run, session);
}
