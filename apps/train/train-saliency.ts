/** Runs a training session of the saliency network. */
import { PocketlensError } from '../../models/base/errors.js';
import { dataPath } from '../../models/base/paths.js';
import type { Graph } from '../../models/graph/ir.js';
import { loadGraph } from '../../models/graph/serialize.js';
import { BACKBONE_SCOPE } from '../../models/saliency/backbone.js';
import { withBackboneWeights } from '../../models/saliency/backbone-weights.js';
import { DENSE_SCOPE } from '../../models/saliency/dense-stream.js';
import { buildSaliency } from '../../models/saliency/network.js';
import { readRunState } from '../../models/training/checkpoint.js';
import type { TrainingResult } from '../../models/training/loop.js';
import { parseRun, type SessionOptions } from './run-config.js';
import { openSaliencyBatches } from './saliency-batches.js';
import { loadLabelledPhotos } from './saliency-data.js';
import { augmentationOf, saliencyRates, saliencyRunSchema, saliencyTask } from './saliency-run.js';
import { startFrom } from './start-from.js';
import { trainSession } from './train-session.js';

export async function trainSaliency(config: unknown, session: SessionOptions): Promise<TrainingResult> {
  const run = parseRun(saliencyRunSchema, config);
  const { segment } = run.model;
  if (segment && new Set(run.sides).size > 1) {
    throw new PocketlensError(
      'invalid_config',
      `Expected one side for a network with a segment stream but received ${run.sides.join(', ')}.`,
      { remedy: 'Give "sides" one value, such as [320].' },
    );
  }
  const fresh = buildSaliency(run.model, run.seed, run.sides[0]);
  const saved = session.resume ? await readRunState(session.folder) : undefined;
  const { init, dense } = session;
  let graph = init ? startFrom(fresh, await loadGraph(init)) : fresh;
  if (dense) graph = withDenseStream(graph, await loadGraph(dense));
  if (!init && !dense && run.backbone !== null && !saved)
    graph = await withBackboneWeights(fresh, dataPath('backbones', run.backbone));
  const dataset = openSaliencyBatches(
    {
      photos: loadLabelledPhotos(run.data),
      seed: run.seed,
      batch: run.batch,
      sides: run.sides,
      augmentation: augmentationOf(run),
      ...(segment && { segments: segment.counts }),
    },
    saved?.data.next ?? 0,
    session.workers,
  );
  const optimizer = { ...run, rateFactor: saliencyRates(run) };
  return trainSession(graph, saliencyTask(dataset, run, session.every), optimizer, session);
}

/** The backbone and the dense stream of another network, whatever else it has. */
function withDenseStream(graph: Graph, source: Graph): Graph {
  const params = new Map(graph.params);
  for (const [id, param] of startFrom(graph, source).params) {
    if (id.startsWith(`${BACKBONE_SCOPE}/`) || id.startsWith(`${DENSE_SCOPE}/`)) params.set(id, param);
  }
  return { ...graph, params };
}
