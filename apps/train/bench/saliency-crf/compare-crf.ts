/** Our CRF and pydensecrf2 in turns on the same images: time, and how far the results differ. */
import sharp from 'sharp';
import type { ColourImage, FloatMap } from '../../../../models/base/image.js';
import { CRF_DEFAULTS, type ResolvedCrfOptions } from '../../../../models/saliency/crf/options.js';
import { refineMap } from '../../../../models/saliency/crf/refine-map.js';
import { limitSaliencySet, loadSaliencySet } from '../../scoring/saliency/labelled-set.js';
import { type Machine, thisMachine, threadsOn } from '../machine.js';
import { markdownTable } from '../markdown-table.js';
import { Pydensecrf } from './pydensecrf.js';

/** Pixels along each side, the network's size. */
const SIDE = 320;
/** Cells along each side of what a coarse network knows. */
const COARSE = 40;

export interface CompareCrfOptions {
  /** A folder of `images/` and `masks/`. */
  readonly folder: string;
  /** Images, spread over the folder. Default 10. */
  readonly limit?: number;
  /** How often each program refines each image. Default 5. */
  readonly rounds?: number;
  /** Python that has pydensecrf2; POCKETLENS_PYTHON, else python3, by default. */
  readonly python?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

/** Median over the images of the least time of each. */
export interface CrfTime {
  readonly milliseconds: number;
  /** The same of CPU time; other processes disturb it less. */
  readonly cpuMilliseconds: number;
}

export interface CrfRow {
  readonly title: string;
  readonly ours: CrfTime;
  /** Undefined where the reference cannot do that. */
  readonly reference?: CrfTime;
  /** Between both results' probabilities, over all images. */
  readonly meanDifference?: number;
}

export interface CrfComparison {
  readonly machine: Machine;
  readonly images: number;
  readonly referenceVersion: string;
  readonly rows: readonly CrfRow[];
}

interface Case {
  readonly title: string;
  readonly options: ResolvedCrfOptions;
  readonly contour?: true;
}

const CASES: readonly Case[] = [
  {
    title: "the reference's parameters, 10 iterations",
    options: {
      ...CRF_DEFAULTS,
      iterations: 10,
      bilateralWeight: 10,
      bilateralPosition: 80,
      bilateralColour: 13,
      smoothnessWeight: 3,
      smoothnessPosition: 3,
    },
  },
  { title: 'our parameters, 10 iterations', options: { ...CRF_DEFAULTS, iterations: 10 } },
  { title: `our parameters, ${CRF_DEFAULTS.iterations} iterations`, options: CRF_DEFAULTS },
  {
    title: `with the contour, ${CRF_DEFAULTS.iterations} iterations`,
    options: CRF_DEFAULTS,
    contour: true,
  },
];

/** @throws data_missing, tool_missing */
export async function compareCrf(options: CompareCrfOptions): Promise<CrfComparison> {
  const { folder, limit = 10, rounds = 5, python, signal, onProgress } = options;
  const { samples } = limitSaliencySet(loadSaliencySet(folder), limit);
  const reference = await Pydensecrf.open(python, signal);
  try {
    const meters = CASES.map(() => new Meter());
    for (const [done, sample] of samples.entries()) {
      onProgress?.(done, samples.length, sample.id);
      const { pixels, map, contour } = await loadInput(sample.image, sample.mask);
      // Both load and compile what they need before time counts.
      const warmUps = done === 0 ? 2 : 0;
      for (const [k, item] of CASES.entries()) {
        const times = new LeastTimes();
        for (let round = -warmUps; round < rounds; round++) {
          signal?.throwIfAborted();
          const ours = timed(() =>
            refineMap(pixels, map, { ...item.options, ...(item.contour && { contour }) }),
          );
          const theirs = item.contour ? undefined : await reference.refine(pixels, map, item.options);
          if (round < 0) continue;
          times.add(ours, theirs);
          if (round === 0 && theirs) meters[k]!.compare(ours.map, theirs.map);
        }
        meters[k]!.add(times);
      }
    }
    onProgress?.(samples.length, samples.length, '');
    return {
      machine: thisMachine(),
      images: samples.length,
      referenceVersion: reference.version,
      rows: CASES.map(({ title }, k) => meters[k]!.row(title)),
    };
  } finally {
    await reference.close();
  }
}

/** The table and what it was measured on. */
export function crfReport({ machine, images, referenceVersion, rows }: CrfComparison): string {
  const time = (value: CrfTime | undefined) =>
    value && `${value.milliseconds.toFixed(0)} (${value.cpuMilliseconds.toFixed(0)})`;
  const table = markdownTable(
    [
      { title: `CRF at ${SIDE} × ${SIDE}`, align: 'left' },
      { title: 'Pocketlens, ms (CPU ms)' },
      { title: `pydensecrf2 ${referenceVersion}, ms (CPU ms)` },
      { title: 'mean difference' },
    ],
    rows.map((row) => [row.title, time(row.ours), time(row.reference), row.meanDifference?.toFixed(4)]),
  );
  return `${table}\n\n${images} images, in turns, each program's least time for an image, median; ${threadsOn(1, machine)}.`;
}

interface Timed {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

function timed(run: () => FloatMap): Timed & { readonly map: FloatMap } {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const map = run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { map, seconds, cpuSeconds: (user + system) / 1e6 };
}

class LeastTimes {
  readonly ours: [seconds: number, cpuSeconds: number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  readonly reference: [seconds: number, cpuSeconds: number] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ];

  add(ours: Timed, reference: Timed | undefined): void {
    keepLeast(this.ours, ours);
    if (reference) keepLeast(this.reference, reference);
  }
}

function keepLeast(least: [number, number], { seconds, cpuSeconds }: Timed): void {
  least[0] = Math.min(least[0], seconds);
  least[1] = Math.min(least[1], cpuSeconds);
}

class Meter {
  readonly #times: LeastTimes[] = [];
  #difference = 0;
  #compared = 0;

  add(times: LeastTimes): void {
    this.#times.push(times);
  }

  compare(ours: FloatMap, reference: FloatMap): void {
    const sum = ours.data.reduce((total, p, i) => total + Math.abs(p - reference.data[i]!), 0);
    this.#difference += sum / ours.data.length;
    this.#compared++;
  }

  row(title: string): CrfRow {
    const time = (of: 'ours' | 'reference'): CrfTime => ({
      milliseconds: 1000 * median(this.#times.map((times) => times[of][0])),
      cpuMilliseconds: 1000 * median(this.#times.map((times) => times[of][1])),
    });
    if (this.#compared === 0) return { title, ours: time('ours') };
    const meanDifference = this.#difference / this.#compared;
    return { title, ours: time('ours'), reference: time('reference'), meanDifference };
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The image, the mask as a coarse network would give it, and the outline of that. */
async function loadInput(image: string, mask: string) {
  const pixels: ColourImage = {
    width: SIDE,
    height: SIDE,
    data: await sharp(image)
      .flatten()
      .toColourspace('srgb')
      .resize(SIDE, SIDE, { fit: 'fill' })
      .removeAlpha()
      .raw()
      .toBuffer(),
  };
  const grey = () => sharp(mask).flatten().toColourspace('b-w');
  const coarse = await grey().resize(COARSE, COARSE, { fit: 'fill', kernel: 'cubic' }).png().toBuffer();
  const enlarged = await sharp(coarse)
    .toColourspace('b-w')
    .resize(SIDE, SIDE, { fit: 'fill', kernel: 'cubic' })
    .extractChannel(0)
    .raw()
    .toBuffer();
  const data = Float32Array.from(enlarged, (value) => 0.03 + (0.94 * value) / 255);
  const map: FloatMap = { width: SIDE, height: SIDE, data };
  return { pixels, map, contour: outline(map) };
}

/** How steeply a map rises, as a stand-in for a contour that a network would give. */
function outline({ width, height, data }: FloatMap): FloatMap {
  const at = (x: number, y: number) =>
    data[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)]!;
  const contour = data.map((_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    return Math.min(1, 2 * Math.hypot(at(x + 2, y) - at(x - 2, y), at(x, y + 2) - at(x, y - 2)));
  });
  return { width, height, data: contour };
}
