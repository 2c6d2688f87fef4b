import type { Graph } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import { foldBatchNorm } from '../cleanup/fold-batch-norm.js';
import { contextFor, deployed } from '../compress.js';
import { packGraph } from '../pack/pack-graph.js';
import type { PassContext } from '../pass.js';
import { QUANTIZE } from '../presets/presets.js';
import { makePass } from '../recipe.js';
import type { AutoOptions } from './auto.js';
import type { BitPlan } from './bit-path.js';
import type { Passes } from './trials.js';

/** All plans of bit widths for one pruned graph; it is folded and quantized, as presets do it, once. */
export class Family {
  readonly #start: { graph: Graph; passes: Passes };
  readonly #context: PassContext;
  readonly #quantize: Readonly<Record<string, unknown>>;
  #quantized: Promise<Graph> | undefined;
  #last: { readonly key: string; readonly graph: Graph } | undefined;

  constructor(start: { graph: Graph; passes: Passes }, { samples = 64 }: AutoOptions, context: PassContext) {
    this.#start = start;
    this.#context = context;
    const { pass: _, ...options } = QUANTIZE;
    this.#quantize = { ...options, activations: { ...QUANTIZE.activations, samples } };
  }

  passes({ layers }: BitPlan): Passes {
    return [
      ...this.#start.passes,
      { pass: 'fold-batch-norm' },
      { pass: 'align-channels' },
      { pass: 'quantize', ...this.#quantize },
      ...(Object.keys(layers).length > 0 ? [{ pass: 'set-bits', layers }] : []),
    ];
  }

  async graph({ layers }: BitPlan): Promise<Graph> {
    const key = JSON.stringify(layers);
    if (this.#last?.key === key) return this.#last.graph;
    this.#quantized ??= this.#quantizedStart();
    const quantized = await this.#quantized;
    const graph =
      Object.keys(layers).length > 0 ? await this.#apply('set-bits', { layers }, quantized) : quantized;
    this.#last = { key, graph };
    return graph;
  }

  async #quantizedStart(): Promise<Graph> {
    const aligned = await this.#apply('align-channels', {}, foldBatchNorm(this.#start.graph).graph);
    return this.#apply('quantize', this.#quantize, aligned);
  }

  async bytes(plan: BitPlan): Promise<number> {
    const { task } = this.#context;
    return packGraph(deployed(await this.graph(plan), task)).length;
  }

  async #apply(name: string, options: Readonly<Record<string, unknown>>, graph: Graph): Promise<Graph> {
    const result = await makePass(name, options).apply(graph, contextFor(this.#context, graph, name));
    return validate(result.graph);
  }
}
