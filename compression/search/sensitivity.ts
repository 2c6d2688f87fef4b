/**
 * How much the outputs change when the weights of one layer alone are rounded: the scan that mixed precision starts from
 * (Gholami et al. 2021, section 4.2; as in HAQ and ZeroQ, by outputs in place of gradients).
 */
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph, ParamId } from '../../models/graph/ir.js';
import { openSession } from '../../models/runtime/session.js';
import { exportOnnx } from '../export/onnx/export-onnx.js';
import { relativeError } from '../measure/layers.js';
import type { Feeds } from '../pass.js';
import { weightRoles } from '../quantize/layers.js';
import { quantizeTensor } from '../quantize/quantize-tensor.js';
import { borderFeeds } from '../run-feeds.js';

export interface LayerSensitivity {
  readonly node: string;
  /** Weights that are rounded. */
  readonly weights: number;
  /** Bits → relative error ‖y − y₀‖ / ‖y₀‖ of the outputs, averaged over outputs and inputs. */
  readonly errors: Readonly<Record<number, number>>;
}

export interface SensitivityOptions {
  /** Default 8, 6, 4, 3 and 2. */
  readonly bits?: readonly number[];
  readonly signal?: AbortSignal;
  readonly note?: (text: string) => void;
}

export const SENSITIVITY_BITS: readonly number[] = [8, 6, 4, 3, 2];

/**
 * Runs the graph in ONNX Runtime, layers × widths × feeds times.
 * @param graph float, batch normalisation folded. @param feeds in the graph's own layout
 * @throws interrupted, and what running throws
 */
export async function sensitivityScan(
  graph: Graph,
  feeds: readonly Feeds[],
  options: SensitivityOptions = {},
): Promise<LayerSensitivity[]> {
  const widths = options.bits ?? SENSITIVITY_BITS;
  const exact = await run(graph, feeds);
  const layers = graph.nodes.filter((node) => weightRoles(node).length > 0);
  const scan: LayerSensitivity[] = [];
  const seen = new Set<ParamId>();
  for (const node of layers) {
    const roles = weightRoles(node).filter(([role]) => !seen.has(node.params[role]!));
    // Tied layers are rounded together: the first stands for all.
    if (roles.length === 0) continue;
    for (const [role] of roles) seen.add(node.params[role]!);
    const errors: Record<number, number> = {};
    for (const bits of widths) {
      if (options.signal?.aborted)
        throw new PocketlensError('interrupted', 'Stopped while scanning for sensitive layers.');
      const params = new Map(graph.params);
      for (const [role, axes] of roles) {
        const param = graph.params.get(node.params[role]!)!;
        const { data } = quantizeTensor(param.data, param.shape, axes, {
          bits,
          granularity: 'channel',
          symmetric: true,
          clipping: 'mse',
        });
        const { encoding: _encoding, ...plain } = param;
        params.set(node.params[role]!, { ...plain, data });
      }
      errors[bits] = meanError(await run({ ...graph, params }, feeds), exact);
    }
    const weights = roles.reduce((sum, [role]) => sum + graph.params.get(node.params[role]!)!.data.length, 0);
    scan.push({ node: node.id, weights, errors });
    if (scan.length % 8 === 0) options.note?.(`scanned ${scan.length} of ${layers.length} layers`);
  }
  return scan;
}

async function run(graph: Graph, feeds: readonly Feeds[]): Promise<Float32Array[][]> {
  const session = await openSession(exportOnnx(graph), { threads: 1, arena: false });
  try {
    const all: Float32Array[][] = [];
    for (const feed of feeds) {
      const results = await session.run(borderFeeds(graph, feed));
      all.push(session.outputs.map(({ name }) => Float32Array.from(results[name]!.data as Float32Array)));
    }
    return all;
  } finally {
    await session.dispose();
  }
}

function meanError(found: readonly Float32Array[][], exact: readonly Float32Array[][]): number {
  const errors = found.flatMap((outputs, i) =>
    outputs.map((output, k) => relativeError(output, exact[i]![k]!)),
  );
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}
