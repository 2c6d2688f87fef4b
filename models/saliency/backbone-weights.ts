/** Reads published MobileNetV2 weights (safetensors, batch norm separate) into a graph that holds the backbone. */
import { readFile } from 'node:fs/promises';
import { PocketlensError } from '../base/errors.js';
import type { Graph, Param } from '../graph/ir.js';
import { decodeSafetensors, type Safetensors, toFloat32 } from '../graph/safetensors.js';
import { BACKBONE_SCOPE } from './backbone.js';

/** Of every batch normalisation in the file. */
const EPSILON = 1e-3;

/**
 * The graph with its backbone's params taken from the file; others stay as they are.
 * @param file kernels `LAYER/kernel` as [kh, kw, in, out] (depthwise [kh, kw, channels, 1]), and either
 * `LAYER/bn_{gamma,beta,mean,var}` or `LAYER/bias`.
 * @throws input_not_found, model_corrupt
 */
export async function withBackboneWeights(graph: Graph, file: string): Promise<Graph> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new PocketlensError(
      'input_not_found',
      `Expected the backbone's weights in ${file} but could not read it.`,
      {
        remedy: 'Set POCKETLENS_DATA to the data folder or name the file in the run configuration.',
        cause,
      },
    );
  }
  return takeWeights(graph, decodeSafetensors(bytes));
}

/** @throws model_corrupt */
export function takeWeights(graph: Graph, { tensors }: Safetensors): Graph {
  const params = new Map(graph.params);
  const prefix = `${BACKBONE_SCOPE}/`;
  const read = (key: string, size: number): Float32Array => {
    const tensor = tensors.get(key);
    const data = tensor && toFloat32(tensor);
    if (data?.length === size) return data;
    throw new PocketlensError(
      'model_corrupt',
      `Expected ${size} values in the backbone's tensor "${key}" but received ${data ? data.length : 'none'}.`,
      { remedy: 'Use the weights of MobileNetV2 1.0.' },
    );
  };
  for (const [id, param] of graph.params) {
    if (!id.startsWith(prefix) || !id.endsWith('/weight')) continue;
    const layer = id.slice(prefix.length, -'/weight'.length);
    const biasId = `${prefix}${layer}/bias`;
    const bias = params.get(biasId);
    const kernel = read(`${layer}/kernel`, param.data.length);
    if (!tensors.has(`${layer}/bn_gamma`)) {
      params.set(id, { ...param, data: kernel });
      if (bias) params.set(biasId, { ...bias, data: read(`${layer}/bias`, bias.data.length) });
      continue;
    }
    const norm = (key: string) => read(`${layer}/bn_${key}`, bias!.data.length);
    const folded = fold(kernel, norm('gamma'), norm('beta'), norm('mean'), norm('var'));
    params.set(id, { ...param, data: folded.weight });
    params.set(biasId, { ...(bias as Param), data: folded.bias });
  }
  return { ...graph, params };
}

/** Channels out are innermost, of a depthwise kernel too: its last axis is 1. Doubles until the last rounding. */
function fold(
  kernel: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
): { weight: Float32Array; bias: Float32Array } {
  const factor = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c]! + EPSILON));
  return {
    weight: kernel.map((w, i) => w * factor[i % factor.length]!),
    bias: Float32Array.from(beta, (shift, c) => shift - mean[c]! * factor[c]!),
  };
}
