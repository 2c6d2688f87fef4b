/** The maps of one picture: as the network gave it, and refined. They are mixed here, so that sliders need no request. */
import { type Refinement, withThreshold } from '../../../saliency/find-subject.js';
import type { Subject } from '../../../saliency/subject.js';
import { chooseThreshold, type Threshold } from '../../../saliency/threshold.js';
import { greyOf, type OpenPicture } from './open-picture.js';

/** round(255 p) a pixel, at the picture's size and at its preview's. */
interface MapPair {
  readonly full: Uint8Array;
  readonly preview: Uint8Array;
}

export interface MixedMap {
  readonly preview: Uint8Array;
  /** At the picture's size; mixed when it is asked for, which takes a while for large pictures. */
  full(): Uint8Array;
  /** Counts of the 256 values. */
  readonly histogram: Float64Array;
  /** What `auto` chooses. */
  readonly auto: number;
}

export class Maps {
  readonly #pairs = new Map<Refinement, MapPair>();
  readonly #picture: OpenPicture;
  #mixed: { readonly strength: number; readonly map: MixedMap } | undefined;

  constructor(picture: OpenPicture) {
    this.#picture = picture;
  }

  /** @param strength of the refinement, in [0, 1]. @returns which maps are still to be asked for. */
  missing(strength: number): Refinement[] {
    const needed: Refinement[] = strength === 0 ? ['none'] : strength === 1 ? ['crf'] : ['none', 'crf'];
    return needed.filter((refine) => !this.#pairs.has(refine));
  }

  async add(refine: Refinement, png: Blob): Promise<void> {
    const bitmap = await createImageBitmap(png, { colorSpaceConversion: 'none' });
    const { width, height, preview } = this.#picture;
    const full = greyOf(bitmap, width, height);
    const isSame = preview.width === width && preview.height === height;
    this.#pairs.set(refine, {
      full,
      preview: isSame ? full : greyOf(bitmap, preview.width, preview.height),
    });
    bitmap.close();
    this.#mixed = undefined;
  }

  /** Undefined while a map that it needs is missing. */
  mixed(strength: number): MixedMap | undefined {
    if (this.missing(strength).length > 0) return undefined;
    if (this.#mixed?.strength !== strength) this.#mixed = { strength, map: this.#mix(strength) };
    return this.#mixed.map;
  }

  #mix(strength: number): MixedMap {
    const plain = this.#pairs.get('none');
    const refined = this.#pairs.get('crf');
    const one = strength === 0 ? plain : strength === 1 ? refined : undefined;
    const preview = one?.preview ?? blend(plain!.preview, refined!.preview, strength);
    const full = () => one?.full ?? blend(plain!.full, refined!.full, strength);
    const histogram = new Float64Array(256);
    for (const value of one?.full ?? preview) histogram[value]!++;
    return { preview, full, histogram, auto: chooseThreshold(histogram) };
  }
}

function blend(from: Uint8Array, to: Uint8Array, share: number): Uint8Array {
  const result = new Uint8Array(from.length);
  for (let index = 0; index < result.length; index++)
    result[index] = Math.round(from[index]! + (to[index]! - from[index]!) * share);
  return result;
}

const NO_STATS = { coverage: 0, confidence: 0, mean: 0, peak: 0 };
const NO_TIMINGS = { infer: 0, refine: 0, resize: 0, measure: 0 };

/** A map, divided. */
export function subjectOf(data: Uint8Array, width: number, height: number, threshold: Threshold): Subject {
  const map = { width, height, data };
  const undivided = { width, height, map, threshold: 1, boxes: [], stats: NO_STATS, timings: NO_TIMINGS };
  return withThreshold(undivided, threshold);
}
