/**
 * Named recipes. Those that prune tune too, and so need a model that there is training data for. Channels go by sixteens:
 * ONNX Runtime computes so many at a time (AVX-512), and fewer are not faster.
 */
import type { RecipeJson } from '../recipe.js';

/** Ranges by least squared error: on the detector 1.5 points better than the whole ranges, on the recognizer as good. */
export const QUANTIZE = {
  pass: 'quantize',
  weights: { clipping: 'mse' },
  activations: { calibrator: 'mse' },
  biasCorrection: true,
};

/**
 * What brings the least for its MACs goes first. At about 0.55 of their MACs and not yet tuned the recognizer keeps 85 of 97
 * points by this, the saliency network 89 of 90; where each layer is ranked by itself 42 and 73.
 */
export const BY_COST = {
  pass: 'prune-channels',
  score: 'taylor',
  normalization: 'none',
  reduction: 'sum',
  perCost: true,
  roundTo: 16,
  reconstruct: 16,
};

export const PRESETS: Readonly<Record<string, RecipeJson>> = {
  /** Smallest: 0.4 of the multiply-accumulates, trained 4-bit weights, 8-bit activations. About 75 minutes. */
  tiny: {
    name: 'tiny',
    floor: { maxLoss: 1 },
    passes: [
      { ...BY_COST, target: { of: 'macs', keep: 0.4 }, steps: 3, minutes: 45, check: false },
      { pass: 'quantize-aware', weights: { bits: 4 }, minutes: 30 },
    ],
  },
  /** Half as much again as `tiny` costs, in 8-bit integers. About half an hour. */
  balanced: {
    name: 'balanced',
    floor: { maxLoss: 0.5 },
    passes: [
      { ...BY_COST, target: { of: 'macs', keep: 0.6 }, steps: 2, minutes: 30, check: false },
      { pass: 'fold-batch-norm' },
      { pass: 'align-channels' },
      QUANTIZE,
    ],
  },
  /** 8-bit integers, nothing removed and nothing trained: how the shipped detector and saliency network end. */
  accurate: {
    name: 'accurate',
    floor: { maxLoss: 0.5 },
    passes: [{ pass: 'fold-batch-norm' }, { pass: 'align-channels' }, QUANTIZE],
  },
};
