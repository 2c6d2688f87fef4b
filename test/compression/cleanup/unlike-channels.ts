/** Graphs whose channels are of very unlike size, and their weights in few bits: what equalizing and correcting is for. */
import { Random } from '../../../models/base/random.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { type AffineEncoding, decodeCodes } from '../../../models/graph/encoding.js';
import type { Graph, ValueId } from '../../../models/graph/ir.js';
import { withRandomStatistics } from '../export/onnx/parity.js';

export type Build = (b: GraphBuilder, x: ValueId) => ValueId;

/** Channels of very unlike size, as batch normalisation leaves them. */
export function built(build: Build): Graph {
  const b = new GraphBuilder('test', { seed: 3 });
  const graph = withRandomStatistics(b.finish([build(b, b.input('x', [null, 8, 8, 3]))]));
  const params = new Map(graph.params);
  for (const node of graph.nodes) {
    if (node.op === 'Conv' && node.params.weight) {
      const weight = params.get(node.params.weight)!;
      const cout = weight.shape[3]!;
      const random = new Random(1, node.id);
      const sizes = Array.from({ length: cout }, () => Math.exp(random.normal(0, 1.5)));
      params.set(node.params.weight, { ...weight, data: weight.data.map((w, i) => w * sizes[i % cout]!) });
    }
  }
  return { ...graph, params };
}

/** Weights rounded to so many bits, one scale a tensor, as encoded params. */
export function rounded(graph: Graph, bits: number): Graph {
  const params = new Map(graph.params);
  for (const [id, param] of params) {
    if (!id.endsWith('weight')) continue;
    const most = 2 ** (bits - 1) - 1;
    const scale = Math.fround(param.data.reduce((m, w) => Math.max(m, Math.abs(w)), 0) / most);
    const encoding: AffineEncoding = {
      kind: 'affine',
      bits,
      signed: true,
      scaleShape: param.shape.map(() => 1),
      scales: Float32Array.of(scale),
      zeroPoints: Int32Array.of(0),
    };
    const codes = Array.from(param.data, (w) => Math.round(w / scale));
    params.set(id, { ...param, encoding, data: decodeCodes(codes, param.shape, encoding) });
  }
  return { ...graph, params };
}

export const conv = (b: GraphBuilder, x: ValueId, name: string, filters = 6) =>
  b.conv(x, { name, filters, kernel: [3, 3] });
