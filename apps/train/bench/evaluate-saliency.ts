/** Measures saliency maps, of a model or from files, on sets of images and masks. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GrayImage } from '../../../models/base/image.js';
import type { SaliencyModel } from '../../../models/saliency/saliency.js';
import { decodePicture } from '../../files/decode-picture.js';
import { writeFileWhole } from '../../files/write-file.js';
import { findSubject, type Refinement } from '../../saliency/find-subject.js';
import { binaryMask } from '../scoring/saliency/binary-mask.js';
import { loadGrayValues, loadSaliencySet, type SaliencySample } from '../scoring/saliency/labelled-set.js';
import { resizeBilinear } from '../scoring/saliency/resize-bilinear.js';
import { scoreMap } from '../scoring/saliency/score-map.js';
import {
  counts,
  type SaliencyCurve,
  type SaliencyScore,
  SaliencyScorer,
} from '../scoring/saliency/score-set.js';
import { markdownTable } from './markdown-table.js';
import type { NamedSaliencySet } from './saliency-sets.js';

export interface SaliencyEvaluation {
  readonly id: string;
  readonly score: SaliencyScore;
  /** Images without a map: they count as black maps. */
  readonly missing: number;
  readonly curve: SaliencyCurve;
}

/** The map of a sample, round(255 p) a pixel, of any size; undefined where there is none. */
export type MapSource = (sample: SaliencySample, set: NamedSaliencySet) => Promise<GrayImage | undefined>;

export interface EvaluateSaliencyOptions {
  readonly signal?: AbortSignal;
  /** @param done images so far, of all sets */
  readonly onImage?: (done: number, set: string) => void;
}

/** @throws data_missing, invalid_data, interrupted */
export async function evaluateSaliency(
  mapOf: MapSource,
  sets: readonly NamedSaliencySet[],
  { signal, onImage }: EvaluateSaliencyOptions = {},
): Promise<SaliencyEvaluation[]> {
  // What is wrong with the last set is said before the first is measured.
  const loaded = sets.map((set) => ({ set, samples: loadSaliencySet(set.folder).samples }));
  const evaluations: SaliencyEvaluation[] = [];
  let done = 0;
  for (const { set, samples } of loaded) {
    const scoring = new SetScoring();
    for (const sample of samples) {
      signal?.throwIfAborted();
      await scoring.add(sample, await mapOf(sample, set));
      onImage?.(++done, set.id);
    }
    evaluations.push({ id: set.id, ...scoring.result() });
  }
  return evaluations;
}

/** Brings maps to the size of their masks, and adds up their figures. */
export class SetScoring {
  readonly #scorer = new SaliencyScorer();
  #missing = 0;

  async add(sample: SaliencySample, map: GrayImage | undefined): Promise<void> {
    const mask = binaryMask(await loadGrayValues(sample.mask));
    const { width, height } = mask;
    if (!map) this.#missing++;
    if (!counts(mask)) return;
    const data = map ? resizeBilinear(map, width, height).data : new Uint8Array(width * height);
    this.#scorer.add(scoreMap({ width, height, data }, mask));
  }

  result(): Omit<SaliencyEvaluation, 'id'> {
    return { score: this.#scorer.score(), missing: this.#missing, curve: this.#scorer.curve() };
  }
}

/** The maps that `pocketlens saliency` writes. */
export function mapsOfModel(model: SaliencyModel, refine: Refinement, signal?: AbortSignal): MapSource {
  return async ({ image }) => {
    const picture = await decodePicture({ path: image });
    return (await findSubject(picture, model, { refine, ...(signal && { signal }) })).map;
  };
}

/** Maps that lie in a folder: SET/ID.png or, for a single set, ID.png. */
export function mapsInFolder(folder: string): MapSource {
  return async ({ id }, set) => {
    const path = [join(folder, set.id, `${id}.png`), join(folder, `${id}.png`)].find((file) =>
      existsSync(file),
    );
    return path === undefined ? undefined : loadGrayValues(path);
  };
}

/** The same maps, each written to `FOLDER/SET/ID.png` on its way. @throws output_unwritable */
export function writingMaps(source: MapSource, folder: string): MapSource {
  return async (sample, set) => {
    const map = await source(sample, set);
    if (map) await writeMap(join(folder, set.id, `${sample.id}.png`), map);
    return map;
  };
}

/** An 8-bit grey PNG. @throws output_unwritable */
export async function writeMap(path: string, { width, height, data }: GrayImage): Promise<void> {
  const { default: sharp } = await import('sharp');
  const png = sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png();
  await writeFileWhole(path, await png.toBuffer());
}

export const SALIENCY_FIGURES = [
  ['maxF', 'max-F'],
  ['meanF', 'mean-F'],
  ['adaptiveF', 'adaptive F'],
  ['weightedF', 'weighted F'],
  ['structure', 'S'],
  ['maxE', 'max-E'],
  ['meanE', 'mean-E'],
  ['adaptiveE', 'adaptive E'],
  ['mae', 'MAE'],
] as const satisfies readonly (readonly [keyof SaliencyScore, string])[];

/** One row a set. */
export function saliencyTable(evaluations: readonly Pick<SaliencyEvaluation, 'id' | 'score'>[]): string {
  const titles = ['n', ...SALIENCY_FIGURES.map(([, title]) => title)];
  return markdownTable(
    [{ title: 'set', align: 'left' }, ...titles.map((title) => ({ title }))],
    evaluations.map(({ id, score }) => [
      id,
      String(score.n),
      ...SALIENCY_FIGURES.map(([key]) => saliencyFigure(score[key])),
    ]),
  );
}

/** Four decimals; undefined where nothing was measured. */
export function saliencyFigure(value: number | undefined): string | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value.toFixed(4);
}
