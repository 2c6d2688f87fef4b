/**
 * The network's maps → oriented lines: label the connected components of the core (`components.ts`), fit a line to each
 * (`fit-line.ts`), look once more for single signs (`lone-signs.ts`), join pieces of one line (`join.ts`). Plain typed arrays: no engine is needed.
 */
import { connectedComponents } from './components.js';
import { type CoreShape, DEFAULT_CORE } from './config.js';
import type { DetectedLine } from './detection.js';
import { LineFitter } from './fit-line.js';
import { joinFragments } from './join.js';
import { type FramedLine, frameToQuad } from './line-frame.js';
import { findLoneSigns, LONE_SIGNS } from './lone-signs.js';
import type { DetectionMaps } from './maps.js';

export interface BoxOptions {
  readonly core?: CoreShape;
  /** Probability above which a cell belongs to a core. */
  readonly threshold?: number;
  /** Least mean probability of a core. */
  readonly minConfidence?: number;
  /** Lines lower than this many input pixels are dropped. */
  readonly minHeight?: number;
  /** Cells of the maps beyond these sizes in input pixels (padding) are not looked at. */
  readonly width?: number;
  readonly height?: number;
}

/** Of what `BoxOptions` leaves open. */
export const BOX_DEFAULTS = { threshold: 0.5, minConfidence: 0.6, minHeight: 3 } as const;

export function findLines(maps: DetectionMaps, options: BoxOptions = {}): DetectedLine[] {
  return findFrames(maps, options).map(({ frame, confidence }) => ({ quad: frameToQuad(frame), confidence }));
}

export function findFrames(maps: DetectionMaps, options: BoxOptions = {}): FramedLine[] {
  const { core = DEFAULT_CORE, threshold, minConfidence, minHeight } = { ...BOX_DEFAULTS, ...options };
  const fitter = new LineFitter(maps, core);
  const lines = connectedComponents(maps, threshold, options)
    .flatMap((cells) => fitter.fit(cells, 0))
    .filter(({ confidence, frame }) => confidence >= minConfidence && frame.height >= minHeight);
  // Who asks for traces gets all of them as it is.
  const signs = threshold > LONE_SIGNS.threshold ? findLoneSigns(maps, lines, fitter, options) : [];
  return joinFragments([...lines, ...signs.filter(({ frame }) => frame.height >= minHeight)]);
}
