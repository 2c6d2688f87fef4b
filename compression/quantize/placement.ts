/**
 * Where activations are rounded. ONNX Runtime turns a layer into an integer kernel when every input comes out of a
 * rounding and the result goes, perhaps through a rectifier, into one and nowhere else; so that is what is built.
 */
import { expected } from '../../models/base/errors.js';
import { consumersOf } from '../../models/graph/initialize.js';
import type { Graph, Node, ValueId } from '../../models/graph/ir.js';
import { matchesAny } from '../patterns.js';
import { isPointwise } from '../pointwise.js';
import {
  floatReason,
  isIntegerArithmetic,
  isIntegerProduct,
  isPreserving,
  isRectifier,
  producersOf,
} from './layers.js';

export interface PlacementOptions {
  /** Nodes to leave in float: ids in which * stands for any text. */
  readonly skip: readonly string[];
  /** 'float': convolutions of an input of the graph with few channels stay in float. */
  readonly stems: 'integer' | 'float';
  /**
   * 'float': the layers behind which nothing is computed on integers (those that give the outputs) hand out float, 1×1
   * convolutions from codes, others by staying in float.
   */
  readonly heads: 'integer' | 'float';
}

export interface Placement {
  /** Nodes to compute on integers. */
  readonly integer: ReadonlySet<string>;
  /** Value to round → the value whose grid it uses: its own, or that of the value it is a rearrangement of. */
  readonly grids: ReadonlyMap<ValueId, ValueId>;
  readonly skipped: readonly { readonly node: string; readonly reason: string }[];
}

/** @throws invalid_config for a pattern that names no node */
export function placeRoundings(graph: Graph, options: PlacementOptions): Placement {
  const named = matching(graph, options.skip);
  const stems = options.stems === 'float' ? stemsOf(graph) : new Set<string>();
  return new Placer(graph, named, stems, options.heads).run();
}

/**
 * Which nodes' weights are rounded: all that have some, but those that are to stay in float as a whole.
 * @param named nodes to leave in float
 */
export function takenNodes(
  graph: Graph,
  named: ReadonlySet<string>,
  skipped: Placement['skipped'],
): (id: string) => boolean {
  const reasons = new Set(skipped.map(({ node }) => node));
  const left = new Set(
    graph.nodes.flatMap((node) =>
      named.has(node.id) || (isIntegerProduct(node) && reasons.has(node.id)) ? [node.id] : [],
    ),
  );
  return (id) => !left.has(id);
}

/** With fewer channels integer convolutions spend their time on gathering (measured: slower than float up to 3). */
const FEW_CHANNELS = 8;
const STEM_REASON = 'on few input channels the float kernel is the faster one';

function stemsOf(graph: Graph): Set<string> {
  const channels = new Map(graph.inputs.map(({ id, shape }) => [id, shape.at(-1) ?? FEW_CHANNELS]));
  const isStem = (node: Node) =>
    node.op === 'Conv' && (channels.get(node.inputs[0]!) ?? FEW_CHANNELS) < FEW_CHANNELS;
  return new Set(graph.nodes.filter(isStem).map(({ id }) => id));
}

/** Ids of the nodes that any of the patterns names. @throws invalid_config */
export function matching(graph: Graph, patterns: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const hits = graph.nodes.filter(({ id }) => matchesAny(id, [pattern]));
    if (hits.length === 0) {
      throw expected('invalid_config', `a node of "${graph.name}"`, 'a pattern to skip', pattern, {
        remedy: `Its nodes are called like ${graph.nodes
          .slice(0, 3)
          .map(({ id }) => `"${id}"`)
          .join(', ')}.`,
      });
    }
    for (const { id } of hits) found.add(id);
  }
  return found;
}

class Placer {
  readonly #graph: Graph;
  readonly #named: ReadonlySet<string>;
  readonly #stems: ReadonlySet<string>;
  readonly #heads: 'integer' | 'float';
  readonly #producers: ReadonlyMap<ValueId, Node>;
  readonly #consumers: ReadonlyMap<ValueId, readonly Node[]>;
  readonly #outputs: ReadonlySet<ValueId>;
  readonly #integer = new Set<string>();
  /** Rectifiers that the rounding behind them takes in. */
  readonly #fused = new Set<string>();

  constructor(
    graph: Graph,
    named: ReadonlySet<string>,
    stems: ReadonlySet<string>,
    heads: 'integer' | 'float',
  ) {
    this.#graph = graph;
    this.#named = named;
    this.#stems = stems;
    this.#heads = heads;
    this.#producers = producersOf(graph);
    this.#consumers = consumersOf(graph);
    this.#outputs = new Set(graph.outputs);
  }

  run(): Placement {
    this.#choose();
    // Leaving one layer in float may make the layers before it the last ones.
    const heads: string[] = [];
    if (this.#heads === 'float') heads.push(...this.#dropHeads());
    const grids = this.#grids();
    const skipped = this.#graph.nodes.flatMap((node) => {
      if (this.#integer.has(node.id) || this.#fused.has(node.id)) return [];
      if (this.#named.has(node.id)) return [{ node: node.id, reason: 'the options name it' }];
      if (heads.includes(node.id))
        return [{ node: node.id, reason: 'nothing behind it is computed on integers' }];
      const reason = this.#stems.has(node.id) ? STEM_REASON : this.#reasonOf(node);
      return reason === undefined ? [] : [{ node: node.id, reason }];
    });
    return { integer: this.#integer, grids, skipped };
  }

  #reasonOf(node: Node): string | undefined {
    if (node.op === 'MatMul' && node.inputs.some((id) => this.#isFloatInput(id)))
      return 'rounding an input of the graph costs more than the integer kernel gains';
    return floatReason(node);
  }

  #choose(): void {
    for (const node of this.#graph.nodes) {
      if (this.#named.has(node.id) || this.#stems.has(node.id)) continue;
      if (isIntegerProduct(node)) this.#integer.add(node.id);
      else if (this.#isWorthwhile(node)) this.#integer.add(node.id);
      else if (isRectifier(node)) {
        const before = this.#producers.get(node.inputs[0]!);
        if (before && this.#isComputed(before) && this.#feedsOnly(node.inputs[0]!)) this.#fused.add(node.id);
      }
    }
    // Rearrangements are worth doing on codes where codes are wanted.
    for (const node of this.#graph.nodes.toReversed()) {
      if (!isPreserving(node) || this.#named.has(node.id)) continue;
      if (this.#comesFromInteger(node.inputs[0]!) && this.#isWanted(node.outputs[0]!))
        this.#integer.add(node.id);
    }
  }

  /** Arithmetic on what comes as codes, unless an input of the graph would have to be rounded for it alone. */
  #isWorthwhile(node: Node): boolean {
    if (!isIntegerArithmetic(node) || !node.inputs.some((id) => this.#comesFromInteger(id))) return false;
    return node.op !== 'MatMul' || !node.inputs.some((id) => this.#isFloatInput(id));
  }

  /** Whether the value is an input of the graph that no product with weights takes as codes. */
  #isFloatInput(id: ValueId): boolean {
    if (this.#producers.has(id)) return false;
    const takes = (node: Node) =>
      isIntegerProduct(node) && !this.#named.has(node.id) && !this.#stems.has(node.id);
    return !(this.#consumers.get(id) ?? []).some(takes);
  }

  /** Products and arithmetic, not rearrangements. */
  #isComputed(node: Node): boolean {
    return this.#integer.has(node.id) && !isPreserving(node);
  }

  #comesFromInteger(id: ValueId): boolean {
    const node = this.#producers.get(id);
    if (!node) return false;
    if (this.#isComputed(node) || this.#fused.has(node.id)) return true;
    return isPreserving(node) && !this.#named.has(node.id) && this.#comesFromInteger(node.inputs[0]!);
  }

  #feedsOnly(id: ValueId): boolean {
    return !this.#outputs.has(id) && this.#consumers.get(id)?.length === 1;
  }

  /** The value behind the rectifier that belongs to the node, or the node's own. */
  #resultOf(node: Node): ValueId {
    const id = node.outputs[0]!;
    const next = this.#consumers.get(id)?.[0];
    return next && this.#fused.has(next.id) ? next.outputs[0]! : id;
  }

  /** Whether a node takes the value's codes. */
  #isWanted(id: ValueId): boolean {
    return (this.#consumers.get(id) ?? []).some((node) => this.#integer.has(node.id));
  }

  /** Products of matrices, which 1×1 convolutions can be written as, may hand out float; other convolutions cannot. */
  #givesFloat(node: Node): boolean {
    if (node.op === 'MatMul') return true;
    if (node.op !== 'Conv' || this.#heads === 'integer') return false;
    return isPointwise(node, this.#graph.params.get(node.params.weight!)!.shape);
  }

  #dropHeads(): string[] {
    const heads = this.#graph.nodes.filter(
      (node) => this.#isComputed(node) && !this.#isWanted(this.#resultOf(node)) && !this.#givesFloat(node),
    );
    for (const head of heads) {
      this.#integer.delete(head.id);
      const next = this.#consumers.get(head.outputs[0]!)?.[0];
      if (next) this.#fused.delete(next.id);
    }
    // What rearranged codes for them need not any more.
    for (const node of this.#graph.nodes.toReversed())
      if (isPreserving(node) && !this.#isWanted(node.outputs[0]!)) this.#integer.delete(node.id);
    return heads.map(({ id }) => id);
  }

  #grids(): Map<ValueId, ValueId> {
    const grids = new Map<ValueId, ValueId>();
    for (const node of this.#graph.nodes) {
      if (!this.#integer.has(node.id)) continue;
      for (const id of node.inputs) if (!grids.has(id)) grids.set(id, id);
      const result = this.#resultOf(node);
      const floats = this.#givesFloat(node) && !this.#isWanted(result);
      if (!floats) grids.set(result, isPreserving(node) ? grids.get(node.inputs[0]!)! : result);
    }
    return grids;
  }
}
