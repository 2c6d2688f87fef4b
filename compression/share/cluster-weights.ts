/** The pass `cluster-weights`. */
import { z } from 'zod';
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph, Node, Param, ParamId } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import { definePass, type PassContext, type PassResult } from '../pass.js';
import { whyLeftOut } from '../patterns.js';
import { requireTuning, tuneGraph } from '../tuning.js';
import { clusteredHook } from './clustered-hook.js';
import { type Clusters, clusteredParam, findClusters } from './codebook.js';

export const clusterWeightsSchema = z
  .strictObject({
    /** Entries of each layer's codebook. */
    clusters: z.int().min(2).max(256).optional(),
    /** The same as 2^bits clusters. Default 4. */
    bits: z.int().min(1).max(8).optional(),
    /** Node ids; `*` stands for any characters. */
    include: z.array(z.string().min(1)).readonly().default(['*']),
    exclude: z.array(z.string().min(1)).readonly().default([]),
    /** Params with fewer weights stay as they are: their codebook would outweigh what it saves. */
    minWeights: z.int().min(1).default(512),
    /** Minutes of training afterwards; 0: none. */
    minutes: z.number().min(0).default(0),
    /** Peak of the tuning. Default: the task's. */
    learningRate: z.number().positive().optional(),
  })
  .refine(
    ({ clusters, bits }) => clusters === undefined || bits === undefined,
    'at most one of clusters and bits may be given',
  );

export type ClusterWeightsOptions = z.output<typeof clusterWeightsSchema>;

/**
 * Gives each weight the nearest of a few values of its layer (Han, Mao and Dally 2016, "Deep compression"): the values are
 * found by k-means, the best there is in one dimension, then trained, each by the summed gradient of its weights. The function is
 * computed as before; the file shrinks, by the codes and again by their entropy (`pack/`). Pruned weights stay 0. Biases
 * and normalisations are left alone, and so are params that are codes already.
 *
 * Cost: a second a million weights; `minutes` of training.
 */
export const clusterWeights = definePass(
  'cluster-weights',
  'Gives the weights of each layer few shared values: a codebook and short codes.',
  clusterWeightsSchema,
  async (graph, options, context): Promise<PassResult> => {
    const { wanted, skipped } = paramsToCluster(graph, options);
    const count = options.clusters ?? 2 ** (options.bits ?? 4);
    const clusters = new Map<ParamId, Clusters>();
    for (const { id, node } of wanted) {
      if (context.signal?.aborted)
        throw new PocketlensError('interrupted', 'Expected to go on but was interrupted.');
      context.note?.(`clusters of ${node.id}`);
      clusters.set(id, findClusters(graph.params.get(id)!, count));
    }
    const trained = await tune(graph, clusters, options, context);
    const result = withClusters(trained, clusters, true);
    const layers = wanted.map(({ id, node }) => {
      const { values } = result.params.get(id)!.encoding as { values: Float32Array };
      return {
        node: node.id,
        figures: {
          param: id,
          clusters: values.length,
          bits: Math.max(1, Math.ceil(Math.log2(values.length))),
          relativeError: relativeError(graph.params.get(id)!.data, withOnly(graph, id, clusters)),
        },
      };
    });
    const weights = wanted.reduce((sum, { id }) => sum + graph.params.get(id)!.data.length, 0);
    const summary = `Clustered ${weights} weights of ${wanted.length} layers into at most ${count} values each.`;
    return { graph: validate(result), report: { summary, layers, skipped } };
  },
  ({ minutes }, context) => {
    if (minutes > 0) requireTuning('cluster-weights', context, 'minutes');
  },
);

/** Wrap, tune, strip: plain clustered weights go in and come out, still clustered. */
async function tune(
  graph: Graph,
  clusters: ReadonlyMap<ParamId, Clusters>,
  options: ClusterWeightsOptions,
  context: PassContext,
): Promise<Graph> {
  const { minutes, learningRate } = options;
  if (clusters.size === 0 || minutes === 0) return graph;
  const tuning = { minutes, learningRate, hooks: [clusteredHook(clusters)], ownZeros: clusters.keys() };
  return tuneGraph('cluster-weights', withClusters(graph, clusters, false), tuning, context);
}

function withClusters(graph: Graph, clusters: ReadonlyMap<ParamId, Clusters>, encoded: boolean): Graph {
  const params = new Map(graph.params);
  for (const [id, own] of clusters) {
    const { shape, data, trainable, encoding } = clusteredParam(params.get(id)!, own);
    params.set(id, { shape, data, trainable, ...(encoded && encoding && { encoding }) });
  }
  return { ...graph, params };
}

function paramsToCluster(graph: Graph, options: ClusterWeightsOptions) {
  const wanted: { id: ParamId; node: Node }[] = [];
  const skipped: { node: string; reason: string }[] = [];
  const seen = new Set<ParamId>();
  for (const node of graph.nodes) {
    for (const id of Object.values(node.params)) {
      const param = graph.params.get(id)!;
      if (param.shape.length < 2 || seen.has(id)) continue;
      seen.add(id);
      const reason = whyLeftOut(node.id, options) ?? whyNot(param, options.minWeights);
      if (reason) skipped.push({ node: node.id, reason });
      else wanted.push({ id, node });
    }
  }
  return { wanted, skipped };
}

function whyNot({ data, encoding }: Param, minWeights: number): string | undefined {
  if (encoding) return 'its weights are codes already';
  return data.length < minWeights ? `it has only ${data.length} weights` : undefined;
}

const withOnly = (graph: Graph, id: ParamId, clusters: ReadonlyMap<ParamId, Clusters>): Float32Array =>
  clusteredParam(graph.params.get(id)!, clusters.get(id)!).data;

/** ‖a − b‖ / ‖a‖ */
function relativeError(a: Float32Array, b: Float32Array): number {
  let error = 0;
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    error += (a[i]! - b[i]!) ** 2;
    total += a[i]! ** 2;
  }
  return total > 0 ? Math.sqrt(error / total) : 0;
}
