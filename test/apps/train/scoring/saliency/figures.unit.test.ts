/**
 * Figures of single maps, against those of other implementations computed once: the S-measure by the reference script
 * beside the data sets, the others by PyPI's pysodmetrics 1.6 (Python 3.11, NumPy 2.3, no stretching of the maps).
 */
import { describe, expect, it } from 'vitest';
import { binaryMask } from '../../../../../apps/train/scoring/saliency/binary-mask.js';
import { resizeBilinear } from '../../../../../apps/train/scoring/saliency/resize-bilinear.js';
import { scoreMap } from '../../../../../apps/train/scoring/saliency/score-map.js';
import { counts, SaliencyScorer } from '../../../../../apps/train/scoring/saliency/score-set.js';
import { draw, type SaliencyCase, saliencyCases } from './saliency-cases.js';

/** S-measure, weighted F, adaptive F, adaptive E, largest and mean E over the thresholds. */
const GOLDEN: Readonly<Record<string, readonly number[]>> = {
  'all-foreground': [0.288235294, 0.554206276, 0.13, 0.033388982, 1.001669449, 0.291501461],
  black: [0.417916665, 0.0, 0.203399253, 0.250208507, 0.250208507, 0.250208507],
  bump: [0.633234253, 0.38764673, 0.75439236, 0.929106651, 0.932137901, 0.562815942],
  constant: [0.42016769, 0.247879272, 0.0, 0.250009781, 0.250009781, 0.250009781],
  'flat-corners': [0.768966015, 0.380722715, 0.696428571, 0.931339351, 0.931339351, 0.753028247],
  'flat-parts': [0.350038611, 0.292407682, 0.82244898, 0.588780075, 0.588780075, 0.340002907],
  graded: [0.320911235, 0.560704441, 0.239075418, 0.28645628, 0.497016966, 0.403473145],
  'half-centre': [0.44128981, 0.041716566, 0.026776519, 0.269797909, 0.972333837, 0.323450583],
  inverted: [0.0, 0.0, 0.0, 0.0, 0.250208507, 0.000977377],
  'just-enough': [0.473006915, 0.076577043, 0.037356322, 0.279571258, 0.810274781, 0.359934395],
  'larger-map': [0.83031017, 0.619424162, 0.652802051, 0.826809853, 0.964794976, 0.750033402],
  'last-row': [0.468862633, 0.134110648, 0.08496732, 0.317279016, 0.989687852, 0.421378066],
  'no-map': [0.447291664, 0.0, 0.132840583, 0.25010421, 0.25010421, 0.25010421],
  noise: [0.321792963, 0.202944423, 0.008586526, 0.263879927, 0.772113893, 0.372757386],
  perfect: [0.999999997, 1.0, 1.0, 1.000834028, 1.000834028, 0.997901897],
  'smaller-map': [0.726758131, 0.488217737, 0.634061276, 0.826300581, 0.927569077, 0.675455426],
  spots: [0.328884186, 0.09858768, 0.021558872, 0.324998845, 0.922114026, 0.318604645],
};

function scoreCase({ mask, map }: SaliencyCase) {
  const binary = binaryMask(mask);
  const { width, height } = mask;
  return scoreMap(map ? resizeBilinear(map, width, height) : draw(width, height, () => 0), binary);
}

const scored = saliencyCases().filter(({ mask }) => counts(binaryMask(mask)));

describe('figures of one map', () => {
  it('are there for each case but the one whose foreground is too small', () => {
    expect(scored.map(({ id }) => id).sort()).toEqual(Object.keys(GOLDEN).sort());
    expect(scored.length).toBe(saliencyCases().length - 1);
  });

  it.each(scored)('agree with other implementations on "$id"', (example) => {
    const score = scoreCase(example);
    const { alignment } = score;
    const mean = alignment.reduce((sum, value) => sum + value, 0) / alignment.length;
    const figures = [
      score.structure,
      score.weightedF,
      score.adaptiveF,
      score.adaptiveE,
      Math.max(...alignment),
      mean,
    ];
    figures.forEach((figure, i) => {
      expect(figure, `figure ${i}`).toBeCloseTo(GOLDEN[example.id]![i]!, 8);
    });
  });

  it('of a set agree with the reference script, to the last digit', () => {
    const scorer = new SaliencyScorer();
    for (const example of scored) scorer.add(scoreCase(example));
    expect(scorer.score()).toEqual({
      n: 17,
      maxF: 0.3959,
      mae: 0.3162,
      structure: 0.4846,
      // Of pysodmetrics, rounded.
      weightedF: 0.2991,
      adaptiveF: 0.3203,
      adaptiveE: 0.4488,
      maxE: 0.486,
      meanE: 0.4307,
      // Ours: of the mean precision and recall.
      meanF: 0.3412,
    });
  });

  it('at every threshold are those of the pixels that are counted one by one', () => {
    const { map, mask } = saliencyCases().find(({ id }) => id === 'noise')!;
    const bits = binaryMask(mask);
    const score = scoreMap(map!, bits);
    for (const t of [0, 1, 100, 200, 254, 255]) {
      let [hits, selected] = [0, 0];
      map!.data.forEach((value, i) => {
        if (value < t) return;
        selected++;
        hits += bits.data[i]!;
      });
      expect(score.precision[t]).toBeCloseTo(selected > 0 ? hits / selected : 0, 12);
      expect(score.recall[t]).toBeCloseTo(hits / bits.foreground, 12);
    }
    expect(score.recall[0]).toBe(1);
  });

  it('need a map of the size of the mask', () => {
    expect(() =>
      scoreMap(
        draw(4, 5, () => 0),
        binaryMask(draw(5, 4, () => 255)),
      ),
    ).toThrowError(/Expected 5 × 4 pixels, the mask's size, for a map but received 4 × 5/);
  });
});

it('300 maps of 320 × 240 pixels are scored well within a minute', () => {
  const mask = binaryMask(draw(320, 240, (x, y) => ((x - 150) ** 2 + (y - 110) ** 2 < 4900 ? 255 : 0)));
  const map = draw(320, 240, (x, y) => (7 * x + 13 * y) % 256);
  const times = Array.from({ length: 10 }, () => {
    const start = performance.now();
    scoreMap(map, mask);
    return performance.now() - start;
  });
  // A tenth of a second each would be half a minute; it takes about a hundredth.
  expect(Math.min(...times)).toBeLessThan(100);
});

describe('binaryMask', () => {
  it('cuts at half', () => {
    const mask = binaryMask({ width: 4, height: 1, data: Uint8Array.of(0, 127, 128, 255) });
    expect([...mask.data]).toEqual([0, 0, 1, 1]);
    expect(mask.foreground).toBe(2);
  });
});

describe('resizeBilinear', () => {
  const image = draw(5, 4, (x, y) => (37 * x * x + 91 * y + 11 * x * y) % 256);

  it.each([
    [
      8,
      6,
      [
        0, 16, 44, 113, 126, 81, 79, 80, 46, 64, 88, 80, 96, 135, 144, 148, 106, 128, 148, 65, 72, 169, 188,
        195, 167, 192, 216, 138, 97, 92, 104, 114, 100, 128, 165, 171, 161, 134, 148, 162, 17, 48, 96, 186,
        219, 195, 213, 229,
      ],
    ],
    [3, 2, [84, 99, 135, 125, 150, 157]],
    [5, 2, [65, 110, 82, 129, 140, 98, 160, 150, 141, 169]],
    [2, 4, [52, 92, 96, 158, 186, 96, 102, 208]],
    [
      7,
      4,
      [
        0, 21, 69, 148, 97, 78, 80, 91, 118, 101, 5, 145, 207, 215, 182, 216, 206, 118, 83, 80, 94, 17, 57,
        128, 231, 204, 208, 229,
      ],
    ],
    [
      5,
      9,
      [
        0, 37, 148, 77, 80, 15, 54, 124, 98, 103, 56, 99, 61, 153, 163, 96, 145, 11, 194, 208, 137, 190, 62,
        135, 155, 177, 235, 112, 76, 101, 118, 181, 162, 117, 146, 45, 113, 212, 172, 206, 17, 87, 231, 193,
        229,
      ],
    ],
  ] as const)('gives Pillow 13 its bytes at %i × %i', (width, height, bytes) => {
    expect([...resizeBilinear(image, width, height).data]).toEqual(bytes);
  });

  it('leaves an image of the size as it is', () => {
    expect(resizeBilinear(image, 5, 4)).toEqual(image);
  });
});
