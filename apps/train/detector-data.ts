/** What a detector's run draws its squares from. */
import { dataPath } from '../../models/base/paths.js';
import { DEFAULT_CHARSET } from '../../models/recognizer/charset.js';
import type { Dataset } from '../../models/training/dataset.js';
import type { PageKind, PageRendererOptions } from '../../synth/page/page-renderer.js';
import type { DetectorRun } from './detector-run.js';
import { loadPasteSources } from './load-paste-sources.js';
import { loadRealPages } from './load-real-pages.js';
import { type OtherPages, openPageBatches, type PageBatch, type PageBatchOptions } from './page-batches.js';
import { pasteWords } from './paste-words.js';
import type { RenderFolders } from './train-recognizer.js';

/** How the run's pages are rendered. @throws data_missing */
export function pageRendererOf(
  { synth: { kinds, photos, ...synth } }: Pick<DetectorRun, 'synth'>,
  folders: RenderFolders,
  seed: number,
): PageRendererOptions {
  return {
    ...folders,
    ...synth,
    seed,
    charset: DEFAULT_CHARSET,
    ...(kinds && { kinds: kinds as Partial<Record<PageKind, number>> }),
    ...(photos && { photoFolder: dataPath(...photos.split('/')) }),
  };
}

/** The run's pages that are not rendered. @throws data_missing */
export async function loadOtherPages({
  real,
  pasted,
}: Pick<DetectorRun, 'real' | 'pasted'>): Promise<OtherPages[]> {
  const others: OtherPages[] = [];
  for (const [set, share] of Object.entries(real)) {
    const pages = await loadRealPages(set);
    others.push({ pick: (random) => random.pick(pages), share });
  }
  if (pasted) {
    const sources = await loadPasteSources(pasted.words, pasted.photos);
    others.push({ pick: (random) => pasteWords(sources, random), share: pasted.share });
  }
  return others;
}

/** Which of a run's squares: those from a page's number on, drawn with a seed. */
interface SquareStream extends Pick<PageBatchOptions, 'workers' | 'from' | 'seed'> {
  /** Default: the run's. */
  readonly batch?: number;
  /** Default: loaded. */
  readonly others?: readonly OtherPages[];
}

/** The run's squares, as batches. @throws data_missing */
export async function openSquares(
  run: DetectorRun,
  folders: RenderFolders,
  { seed, workers, from, batch = run.batch, others }: SquareStream,
): Promise<Dataset<PageBatch>> {
  const { model, side, cuts } = run;
  return openPageBatches({
    renderer: pageRendererOf(run, folders, seed),
    others: others ?? (await loadOtherPages(run)),
    model,
    side,
    batch,
    cuts,
    workers,
    from,
    seed,
  });
}
