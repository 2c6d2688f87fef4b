/** A thread that judges some of the photographs for `saliency-figures.ts`, one after the other, then ends by itself. */
import { parentPort, workerData } from 'node:worker_threads';
import { openSession } from '../../models/runtime/session.js';
import { saliencyOf } from '../../models/saliency/open-saliency.js';
import { type JudgedSaliency, type SampleFigures, sampleFigures } from './saliency-sample-figures.js';
import type { SaliencySample } from './scoring/saliency/labelled-set.js';

export interface FiguresRequest {
  readonly judged: JudgedSaliency;
  readonly samples: readonly SaliencySample[];
}

const { judged, samples } = workerData as FiguresRequest;
const { onnx, config, withoutSegments = false } = judged;
const model = saliencyOf(await openSession(onnx, { threads: 1 }), config, { withoutSegments });
const figures: (SampleFigures | undefined)[] = [];
for (const sample of samples) figures.push(await sampleFigures(model, sample));
await model.dispose();
parentPort!.postMessage(figures);
