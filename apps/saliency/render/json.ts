/** What stands out, in numbers. */
import type { Box } from '../../../models/base/image.js';
import type { Subject, SubjectBox, SubjectStats, SubjectTimings } from '../subject.js';
import { type Crop, subjectBox } from './crop.js';

/** Lengths in pixels of the upright picture, probabilities in [0, 1], timings in milliseconds. */
export interface SubjectJson {
  readonly file?: string;
  readonly width: number;
  readonly height: number;
  readonly model: string;
  readonly refine: string;
  readonly threshold: number;
  /** Around all parts that matter; null where nothing stands out. */
  readonly subject: Box | null;
  readonly boxes: readonly SubjectBox[];
  readonly crop?: Crop;
  readonly stats: SubjectStats;
  readonly timings: SubjectTimings & { readonly decode?: number };
}

export interface SubjectJsonContext {
  readonly model: string;
  readonly refine: string;
  readonly file?: string;
  readonly crop?: Crop;
  /** Milliseconds. */
  readonly decode?: number;
}

export function subjectJson(subject: Subject, context: SubjectJsonContext): SubjectJson {
  const { file, model, refine, crop, decode } = context;
  const timings = { ...(decode !== undefined && { decode }), ...subject.timings };
  return {
    ...(file !== undefined && { file }),
    width: subject.width,
    height: subject.height,
    model,
    refine,
    threshold: round(subject.threshold, 4),
    subject: subjectBox(subject) ?? null,
    boxes: subject.boxes.map((box) => ({ ...box, share: round(box.share, 4) })),
    ...(crop && { crop }),
    stats: mapValues(subject.stats, 4),
    timings: mapValues(timings, 1),
  };
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

function mapValues<T extends object>(values: T, digits: number): T {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, round(value, digits)])) as T;
}
