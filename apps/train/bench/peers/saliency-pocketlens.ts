/**
 * Pocketlens's own saliency: the network, the network and the CRF, and the parts of the network alone, exported from the
 * model folder's float weights.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PocketlensError } from '../../../../models/base/errors.js';
import { packageRoot } from '../../../../models/base/paths.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { loadGraph } from '../../../../models/graph/serialize.js';
import { modelFolder, readModelCard } from '../../../../models/runtime/model-folder.js';
import { saliencyConfigSchema } from '../../../../models/saliency/config.js';
import type { StreamChoice } from '../../../../models/saliency/deployed-graph.js';
import { openSaliency } from '../../../../models/saliency/open-saliency.js';
import { decodePicture } from '../../../files/decode-picture.js';
import { findSubject, type Refinement } from '../../../saliency/find-subject.js';
import { deploySaliency, judgedSaliency } from '../../saliency-run.js';
import { hashCode } from '../code-hash.js';
import { oneMapCommand } from './saliency-one-command.js';
import type { SaliencyPeer } from './saliency-peer.js';

export interface PocketlensSaliencyOptions {
  readonly threads: number;
  /** Folder of the saliency network; the shipped one when not given. */
  readonly model?: string;
}

interface Row {
  readonly name: string;
  readonly title: string;
  readonly refine: Refinement;
  /** A part of a network with two streams in place of the whole. */
  readonly part?: StreamChoice;
}

export const POCKETLENS_ROWS = [
  { name: 'pocketlens', title: 'Pocketlens (attention fusion)', refine: 'none' },
  { name: 'pocketlens-crf', title: 'Pocketlens + CRF', refine: 'crf' },
  { name: 'pocketlens-contour-crf', title: 'CRF that sees the contour', refine: 'contour-crf' },
  { name: 'pocketlens-dense', title: 'dense stream alone', refine: 'none', part: 'dense' },
  { name: 'pocketlens-segment', title: 'segment stream alone', refine: 'none', part: 'segment' },
  { name: 'pocketlens-mean', title: 'mean of both streams', refine: 'none', part: 'mean' },
] as const satisfies readonly Row[];

export type PocketlensRow = (typeof POCKETLENS_ROWS)[number]['name'];

/** What finding maps runs, compiled. */
const CODE = ['apps/files', 'apps/saliency', 'models/saliency', 'models/runtime', 'models/base'];

export function pocketlensSaliency(
  name: PocketlensRow,
  { threads, model }: PocketlensSaliencyOptions,
): SaliencyPeer {
  const row: Row = POCKETLENS_ROWS.find((candidate) => candidate.name === name)!;
  const folder = model ?? modelFolder('saliency');
  return {
    name,
    title: row.title,
    ...(row.part !== undefined && { optional: true }),
    async describe() {
      const { files } = await readModelCard(folder);
      // Parts are exported from the float weights, which are larger than the deployed model.
      const modelBytes =
        row.part === undefined
          ? files.model!.bytes
          : judgedSaliency(await twoStreams(folder), row.part).onnx.length;
      const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
      const { version } = JSON.parse(text) as { version: string };
      const hash = createHash('sha256').update(files.model!.sha256);
      hash.update(files.weights?.sha256 ?? '');
      hashCode(CODE, hash);
      const fingerprint = `${version} ${hash.digest('hex').slice(0, 16)} threads ${threads}`;
      return { version, modelBytes, fingerprint };
    },
    async open(signal) {
      const opened =
        row.part === undefined
          ? await openSaliency(folder, { threads, ...(signal && { signal }) })
          : await deploySaliency(await twoStreams(folder), threads, row.part);
      return {
        async find(path, signal) {
          const picture = await decodePicture({ path });
          const options = { refine: row.refine, ...(signal && { signal }) };
          const { map, timings } = await findSubject(picture, opened, options);
          return { map, seconds: (timings.infer + timings.refine + timings.resize) / 1000 };
        },
        close: () => opened.dispose(),
      };
    },
    findOne: (image, output) =>
      oneMapCommand({ peer: name, threads, image, output, ...(model !== undefined && { model }) }),
  };
}

/** The float weights. @throws model_not_found where the network has no parts */
async function twoStreams(folder: string): Promise<Graph> {
  const graph = await loadGraph(join(folder, 'model.safetensors'));
  if (saliencyConfigSchema.parse(graph.meta.config).segment) return graph;
  throw new PocketlensError(
    'model_not_found',
    `Expected a network of two streams in ${folder} but it has only one.`,
  );
}
