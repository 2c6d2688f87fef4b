/**
 * Compression as a library: what `import { … } from 'pocketlens/compression'` gives.
 *
 * @example
 * ```ts
 * import { compress, foldBatchNorm, loadGraph, quantize, saveGraph } from 'pocketlens/compression';
 *
 * const graph = await loadGraph('model.safetensors');
 * const passes = [foldBatchNorm(), quantize({ activations: 'none', weights: { bits: 4 } })];
 * const { graph: small, stages } = await compress(graph, passes);
 * await saveGraph('small.safetensors', small);
 * ```
 */
export { PocketlensError } from '../models/base/errors.js';
export type { Graph } from '../models/graph/ir.js';
export { decodeGraph, encodeGraph, loadGraph, saveGraph } from '../models/graph/serialize.js';
export { alignChannels } from './cleanup/align-channels.js';
export { correctBias } from './cleanup/correct-bias.js';
export { equalizeWeights } from './cleanup/equalize-weights.js';
export { foldBatchNormPass as foldBatchNorm } from './cleanup/fold-batch-norm-pass.js';
export { removeDeadNodes } from './cleanup/remove-dead-nodes.js';
export { foldConstants, fuseActivations, removeIdentities } from './cleanup/simplify.js';
export { type CompressContext, type CompressResult, compress } from './compress.js';
export { distill } from './distill/distill.js';
export { loadWeights } from './distill/load-weights.js';
export { selfDistill } from './distill/self-distill.js';
export { stochasticDepth } from './distill/stochastic-depth.js';
export { tune } from './distill/tune.js';
export { exportOnnx, type OnnxExportOptions } from './export/onnx/export-onnx.js';
export { type ExportFormat, type OperatorRow, operatorTable } from './export/operator-table.js';
export { convertToOrt, type OrtConversionOptions } from './export/ort/convert-to-ort.js';
export { exportTfjs, type TfjsExportOptions, type TfjsModel } from './export/tfjs/export-tfjs.js';
export { exportTflite, type TfliteExportOptions } from './export/tflite/export-tflite.js';
export { factorize } from './factorize/factorize.js';
export { importOnnx, type OnnxImport, type OnnxImportOptions } from './import/onnx/import-onnx.js';
export { type Efficiency, efficiencyOf } from './measure/efficiency.js';
export { type EnergyModel, energyOf, HOROWITZ_45NM } from './measure/energy.js';
export {
  type Latency,
  type LatencyCandidate,
  type LatencyReport,
  measureLatency,
} from './measure/latency.js';
export { type Measurement, measureGraph } from './measure/measure.js';
export { packGraph, unpackGraph } from './pack/pack-graph.js';
export { loadPackedGraph, savePackedGraph } from './pack/packed-file.js';
export {
  type CompressionTask,
  definePass,
  type Evaluation,
  type FeedData,
  type Feeds,
  type Pass,
  type PassContext,
  type PassDefinition,
  type PassReport,
  type PassResult,
  type TuneOptions,
} from './pass.js';
export { PASSES } from './passes.js';
export { PRESETS } from './presets/presets.js';
export { pruneChannels } from './prune/prune-channels.js';
export { pruneWeights } from './prune/unstructured/prune-weights.js';
export { mixedPrecision } from './quantize/mixed/mixed-precision.js';
export { quantize } from './quantize/quantize.js';
export { quantizeAware } from './quantize/training/quantize-aware.js';
export {
  loadRecipe,
  makePass,
  parseRecipe,
  type Recipe,
  type RecipeJson,
  type RecipeStep,
  recipeJson,
} from './recipe.js';
export { RunFolder, type RunRecord, readRun, type Stage } from './run-folder.js';
export { type AutoOptions, type AutoResult, autoCompress } from './search/auto.js';
export { setBits } from './search/set-bits.js';
export type { AutoGoal } from './search/trials.js';
export { clusterWeights } from './share/cluster-weights.js';
export { tieBlocks } from './share/tie-blocks.js';
