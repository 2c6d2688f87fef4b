/** Which of a model's variants an engine runs. */
import type { ManifestModel } from '../../manifest/models.js';
import type { Variant } from '../../manifest/parts.js';
import type { EngineName } from '../protocol.js';

/** WebGPU has no kernels of 8-bit integers: it would turn them into floats in every run. */
const GPU_ORDER: readonly Variant['precision'][] = ['float16', 'float32', 'int8'];

/**
 * In WebAssembly the fastest that was measured in a browser, else the first of the manifest, which is what the command runs.
 * @returns undefined where the bundle has no ONNX of the model
 */
export function chooseVariant(model: ManifestModel, engine: EngineName): Variant | undefined {
  const variants = model.variants.filter(({ format }) => format === 'onnx');
  if (engine === 'webgpu')
    return variants.toSorted((a, b) => GPU_ORDER.indexOf(a.precision) - GPU_ORDER.indexOf(b.precision))[0];
  const measured = model.latency
    .filter(({ format, device }) => format === 'onnx' && device === 'browser')
    .toSorted((a, b) => a.medianMs - b.medianMs);
  const fastest = measured
    .map(({ precision }) => variants.find((variant) => variant.precision === precision))
    .find((variant) => variant !== undefined);
  return fastest ?? variants[0];
}
