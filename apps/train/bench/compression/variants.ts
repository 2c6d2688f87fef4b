/** What the bench of compression runs: a list of passes each, by the name that the table gives it. */
import { BY_COST, QUANTIZE } from '../../../../compression/presets/presets.js';
import type { RecipeJson } from '../../../../compression/recipe.js';
import type { Graph } from '../../../../models/graph/ir.js';

export interface Variant {
  readonly name: string;
  readonly passes: RecipeJson['passes'];
  /** What they start from. Default: the graph that the bench is of. */
  readonly from?: Graph;
}

/** A file as it ships: nothing is made, it is judged and timed. */
export interface FileVariant {
  readonly name: string;
  readonly onnx: Uint8Array;
}

const FOLD = { pass: 'fold-batch-norm' };
const INT8 = { pass: 'quantize' };
const FOUR_BITS = { pass: 'set-bits', layers: { '*': 4 } };
const weightsOnly = (weights: Record<string, unknown>) => ({
  pass: 'quantize',
  activations: 'none',
  weights: { clipping: 'mse', ...weights },
});

/** Nothing is trained: minutes each, mostly of judging. */
export const QUICK_VARIANTS: readonly Variant[] = [
  { name: 'batch norm folded', passes: [FOLD] },
  {
    name: 'cleaned up',
    passes: [
      FOLD,
      ...['fold-constants', 'fuse-activations', 'remove-identities', 'remove-dead-nodes'].map((pass) => ({
        pass,
      })),
    ],
  },
  { name: '8 bits', passes: [FOLD, INT8] },
  { name: '8 bits, bias correction', passes: [FOLD, { ...INT8, biasCorrection: true }] },
  { name: '8 bits, ranges by squared error', passes: [FOLD, QUANTIZE] },
  ...(['percentile', 'entropy'] as const).map((calibrator) => ({
    name: `8 bits, ranges by ${calibrator}`,
    passes: [FOLD, { ...QUANTIZE, activations: { calibrator } }],
  })),
  { name: '8 bits, input channels by fours', passes: [FOLD, { pass: 'align-channels' }, INT8] },
  {
    name: '8 bits, weights equalized before',
    passes: [FOLD, { pass: 'equalize-weights' }, { ...INT8, biasCorrection: true }],
  },
  { name: '8 bits, ranges taken at each run', passes: [FOLD, { ...INT8, activations: 'dynamic' }] },
  { name: '8-bit weights alone', passes: [FOLD, weightsOnly({ bits: 8 })] },
  {
    name: '4-bit weights alone, in groups of 32',
    passes: [FOLD, weightsOnly({ bits: 4, granularity: 'group', group: 32 })],
  },
  { name: '4-bit weights alone', passes: [FOLD, weightsOnly({ bits: 4 })] },
  {
    name: '4-bit weights alone, means corrected',
    passes: [FOLD, weightsOnly({ bits: 4 }), { pass: 'correct-bias', deviations: false }],
  },
  {
    name: '4-bit weights alone, means and deviations corrected',
    passes: [FOLD, weightsOnly({ bits: 4 }), { pass: 'correct-bias' }],
  },
  {
    name: '4-bit weights, 8-bit activations',
    passes: [FOLD, INT8, FOUR_BITS],
  },
  {
    name: '4-bit weights, 8-bit activations, corrected',
    passes: [FOLD, INT8, FOUR_BITS, { pass: 'correct-bias' }],
  },
  {
    name: 'mixed precision, 6 bits on average',
    passes: [{ pass: 'mixed-precision', averageBits: 6, candidates: [8, 6, 4], activations: {} }],
  },
  { name: '16 shared weights a layer', passes: [FOLD, { pass: 'cluster-weights', clusters: 16 }] },
  { name: '8 shared weights a layer', passes: [FOLD, { pass: 'cluster-weights', clusters: 8 }] },
  {
    name: '16 shared weights a layer, means corrected',
    passes: [FOLD, { pass: 'cluster-weights', clusters: 16 }, { pass: 'correct-bias', deviations: false }],
  },
  {
    name: 'half of the weights 0',
    passes: [FOLD, { pass: 'prune-weights', sparsity: 0.5, ranking: 'global' }],
  },
  {
    name: 'half of the weights 0, by gradients',
    passes: [FOLD, { pass: 'prune-weights', sparsity: 0.5, ranking: 'global', score: 'taylor' }],
  },
  {
    name: '2 of 4 weights 0',
    passes: [FOLD, { pass: 'prune-weights', granularity: { keep: 2, of: 4 } }],
  },
  {
    name: 'half of the weights 0, in blocks of 4 outputs',
    passes: [FOLD, { pass: 'prune-weights', sparsity: 0.5, granularity: { inputs: 1, outputs: 4 } }],
  },
  {
    name: 'channels pruned to 0.9 of the MACs',
    passes: [{ pass: 'prune-channels', target: { of: 'macs', keep: 0.9 } }, FOLD],
  },
  {
    name: 'channels pruned to 0.9 of the MACs, weights fitted',
    passes: [{ pass: 'prune-channels', target: { of: 'macs', keep: 0.9 }, reconstruct: 16 }, FOLD],
  },
  {
    name: 'channels pruned to 0.9 of the MACs by cost, weights fitted',
    passes: [{ ...BY_COST, target: { of: 'macs', keep: 0.9 } }, FOLD],
  },
  {
    name: 'channels pruned to half of the MACs by cost, weights fitted',
    passes: [{ ...BY_COST, target: { of: 'macs', keep: 0.5 } }, FOLD],
  },
  {
    name: 'factorized to 0.9 of the MACs',
    passes: [FOLD, { pass: 'factorize', budget: { macs: 0.9 }, measure: 'weights' }],
  },
  ...(['svd', 'tucker', 'spatial'] as const).map((method) => ({
    name: `factorized to 0.9 of the MACs, ${method} alone`,
    passes: [FOLD, { pass: 'factorize', method, budget: { macs: 0.9 }, measure: 'weights' }],
  })),
  {
    name: 'factorized to 0.9 of the MACs, fitted to answers',
    passes: [FOLD, { pass: 'factorize', budget: { macs: 0.9 }, measure: 'weights', fit: 'responses' }],
  },
];

/**
 * What ships, and what its weights bear besides.
 * @param weights the float weights of the model that ships
 * @param onnx its file
 * @param minutes of training in what is trained; 0: it is left out
 */
export function shippedVariants(
  weights: Graph,
  onnx: Uint8Array,
  minutes: number,
): readonly (Variant | FileVariant)[] {
  const of = (name: string, passes: RecipeJson['passes']) => ({
    name: `its weights, ${name}`,
    passes,
    from: weights,
  });
  return [
    { name: 'shipped', onnx },
    of('in float', [FOLD]),
    of('in 4 bits, means corrected', [
      FOLD,
      weightsOnly({ bits: 4 }),
      { pass: 'correct-bias', deviations: false },
    ]),
    of('in 4 bits, 8-bit activations, corrected', [FOLD, QUANTIZE, FOUR_BITS, { pass: 'correct-bias' }]),
    of('6 bits on average', [
      { pass: 'mixed-precision', averageBits: 6, candidates: [8, 6, 4], activations: {} },
    ]),
    ...[16, 8].map((clusters) =>
      of(`${clusters} shared values a layer`, [FOLD, { pass: 'cluster-weights', clusters }]),
    ),
    ...(minutes > 0
      ? [
          of('in 4 bits, 8-bit activations, trained', [
            { pass: 'quantize-aware', weights: { bits: 4 }, teacher: true, minutes },
          ]),
        ]
      : []),
  ];
}

/** @param minutes of training in each */
export function trainedVariants(minutes: number): readonly Variant[] {
  const half = { ...BY_COST, target: { of: 'macs', keep: 0.5 } };
  return [
    { name: 'trained on', passes: [{ pass: 'tune', minutes }] },
    { name: 'self-distillation', passes: [{ pass: 'self-distill', minutes }] },
    {
      name: 'self-distillation by the moving average',
      passes: [{ pass: 'self-distill', heads: 0, average: {}, minutes }],
    },
    { name: 'stochastic depth', passes: [{ pass: 'stochastic-depth', minutes }] },
    {
      name: 'channels pruned to half of the MACs by cost, tuned',
      passes: [{ ...half, minutes }, FOLD],
    },
    {
      name: 'channels pruned to half of the MACs by cost, distilled',
      passes: [{ ...half, check: false }, { pass: 'distill', minutes }, FOLD],
    },
    { name: 'alike blocks tied, tuned', passes: [{ pass: 'tie-blocks', minutes }, FOLD] },
    {
      name: '80 % of the weights 0, while training',
      passes: [
        {
          pass: 'prune-weights',
          sparsity: 0.8,
          ranking: 'global',
          schedule: { kind: 'cubic' },
          minutes,
        },
        FOLD,
      ],
    },
    {
      name: 'factorized to 0.6 of the MACs, tuned',
      passes: [FOLD, { pass: 'factorize', budget: { macs: 0.6 }, measure: 'weights', minutes }],
    },
    {
      name: '4-bit weights, 8-bit activations, trained',
      passes: [{ pass: 'quantize-aware', weights: { bits: 4 }, minutes }],
    },
    {
      name: '2-bit weights, 8-bit activations, trained',
      passes: [{ pass: 'quantize-aware', weights: { bits: 2 }, minutes }],
    },
    {
      name: 'half of the MACs, then 4-bit weights',
      passes: [
        { ...half, minutes: minutes / 2, check: false },
        { pass: 'quantize-aware', weights: { bits: 4 }, minutes: minutes / 2 },
      ],
    },
  ];
}
