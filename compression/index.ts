/**
 * Compression as a library: what `import { … } from 'pocketlens/compression'` gives.
 *
 * @example
 * ```ts
 * import { compress, loadGraph, makePass } from 'pocketlens/compression';
 *
 * const graph = await loadGraph('model.safetensors');
 * const { graph: small, stages } = await compress(graph, [makePass('fold-batch-norm')]);
 * ```
 */
export { PocketlensError } from '../models/base/errors.js';
export type { Graph } from '../models/graph/ir.js';
export { decodeGraph, encodeGraph, loadGraph, saveGraph } from '../models/graph/serialize.js';
export { foldBatchNormPass as foldBatchNorm } from './cleanup/fold-batch-norm-pass.js';
export { type CompressContext, type CompressResult, compress } from './compress.js';
export { exportOnnx, type OnnxExportOptions } from './export/onnx/export-onnx.js';
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
