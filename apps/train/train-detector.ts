/** Runs a training session of the detector. */
import { buildDetector } from '../../models/detector/network.js';
import { loadGraph } from '../../models/graph/serialize.js';
import { readRunState } from '../../models/training/checkpoint.js';
import type { TrainingResult } from '../../models/training/loop.js';
import { createPageRenderer } from '../../synth/page/page-renderer.js';
import { openSquares, pageRendererOf } from './detector-data.js';
import { detectorRunSchema, detectorTask } from './detector-run.js';
import { parseRun, type SessionOptions } from './run-config.js';
import { startFrom } from './start-from.js';
import type { RenderFolders } from './train-recognizer.js';
import { trainSession } from './train-session.js';

/** Rendered pages that no training batch holds: numbers that a run does not reach. */
const HELD_OUT_FROM = 2 ** 30;
const HELD_OUT_PAGES = 24;

export async function trainDetector(
  config: unknown,
  folders: RenderFolders,
  session: SessionOptions,
): Promise<TrainingResult> {
  const run = parseRun(detectorRunSchema, config);
  const fresh = buildDetector(run.model, run.seed);
  const graph = session.init ? startFrom(fresh, await loadGraph(session.init)) : fresh;
  const saved = session.resume ? await readRunState(session.folder) : undefined;
  const heldOut = createPageRenderer(pageRendererOf(run, folders, run.seed));
  const rendered = Array.from({ length: HELD_OUT_PAGES }, (_, i) => heldOut.render(HELD_OUT_FROM + i));
  const { workers } = session;
  const dataset = await openSquares(run, folders, { workers, from: saved?.data.next ?? 0, seed: run.seed });
  return trainSession(graph, detectorTask(dataset, rendered, session.every), run, session);
}
