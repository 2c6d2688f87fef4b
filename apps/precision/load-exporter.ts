/** The exporter of models. */
import { PocketlensError } from '../../models/base/errors.js';

/** Loaded only when a model is to be made: what exports graphs needs TensorFlow.js. @throws engine_missing without it */
export async function loadExporter() {
  try {
    const [serialize, fold, onnx, saliency, pack] = await Promise.all([
      import('../../models/graph/serialize.js'),
      import('../../compression/cleanup/fold-batch-norm.js'),
      import('../../compression/export/onnx/export-onnx.js'),
      import('../../models/saliency/deployed-graph.js'),
      import('../../compression/pack/pack-graph.js'),
    ]);
    return { ...serialize, ...fold, ...onnx, ...saliency, ...pack };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new PocketlensError(
      'engine_missing',
      'Expected TensorFlow.js to make models from weights but it is not installed.',
      { remedy: 'Run "npm install @tensorflow/tfjs-core@4.22.0", or open compressed models in ONNX.', cause },
    );
  }
}
