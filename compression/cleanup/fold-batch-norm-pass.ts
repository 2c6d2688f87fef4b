import { z } from 'zod';
import { definePass } from '../pass.js';
import { foldBatchNorm } from './fold-batch-norm.js';

/**
 * Folds every batch normalisation that follows a convolution or a matrix product into its weights and bias (see
 * `foldBatchNorm`). Takes no options and no data; costs milliseconds and changes outputs by rounding alone. Source: Jacob
 * et al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only inference", section 3.2.
 */
export const foldBatchNormPass = definePass(
  'fold-batch-norm',
  'Multiplies batch normalisation into the weights before it.',
  z.strictObject({}),
  (graph) => {
    const { graph: folded, report } = foldBatchNorm(graph);
    return {
      graph: folded,
      report: {
        summary: `Folded ${report.folded.length} of ${report.folded.length + report.kept.length} normalisations.`,
        layers: report.folded.map(({ node, into }) => ({ node: into, figures: { folded: node } })),
        skipped: report.kept,
      },
    };
  },
);
