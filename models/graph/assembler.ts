/** What the builder stands on: names, scopes, shapes and params of the nodes added so far. */
import { expected, PocketlensError } from '../base/errors.js';
import { inferNode } from './infer-shapes.js';
import { consumersOf, initialWeights } from './initialize.js';
import type { Attributes, Dimension, Graph, Node, Param, ParamId, Shape, TensorSpec, ValueId } from './ir.js';
import { operators } from './registry.js';
import { shapeError } from './shapes.js';
import { validate } from './validate.js';

export interface NodeOptions {
  /** Unique within its scope; default: the operator and a number. Value and params are named after it. */
  readonly name?: string;
}

export interface WeightedOptions extends NodeOptions {
  /** Uses the params of an earlier node of the same kind (its full id) in place of new ones. */
  readonly tiedTo?: string;
}

export type ParamShapes = Readonly<Record<string, readonly number[] | undefined>>;

/** Adds nodes of any operator; `GraphBuilder` has a typed method for each. */
export class GraphAssembler {
  readonly #name: string;
  readonly #seed: number;
  readonly #inputs: TensorSpec[] = [];
  readonly #nodes: Node[] = [];
  readonly #byId = new Map<string, Node>();
  readonly #shapes = new Map<ValueId, Shape>();
  readonly #params = new Map<ParamId, { shape: readonly number[]; trainable: boolean }>();
  readonly #counts = new Map<string, number>();
  #scope = '';

  constructor(name: string, options: { seed?: number } = {}) {
    this.#name = name;
    this.#seed = options.seed ?? 0;
  }

  /** Names made inside stand below `name`: "encoder/conv1". */
  scope<T>(name: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = `${outer}${name}/`;
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  shapeOf(id: ValueId): Shape {
    const shape = this.#shapes.get(id);
    if (!shape) throw expected('invalid_graph', 'a value of this graph', this.#name, id);
    return shape;
  }

  input(id: ValueId, shape: Shape): ValueId {
    if (this.#shapes.has(id)) throw expected('invalid_graph', 'a new name', 'an input', id);
    this.#inputs.push({ id, shape: [...shape] });
    this.#shapes.set(id, [...shape]);
    return id;
  }

  /**
   * @param meta free JSON that travels with the weights.
   * @throws invalid_graph
   */
  finish(outputs: readonly ValueId[], meta: Readonly<Record<string, unknown>> = {}): Graph {
    const nodes = [...this.#nodes];
    const consumers = consumersOf({ nodes });
    const params = new Map<ParamId, Param>();
    for (const node of nodes) {
      for (const [role, id] of Object.entries(node.params)) {
        if (params.has(id)) continue;
        const { shape, trainable } = this.#params.get(id)!;
        const data = initialWeights(node, role, id, shape, consumers, this.#seed);
        params.set(id, { shape, data, trainable });
      }
    }
    const graph = {
      name: this.#name,
      inputs: [...this.#inputs],
      outputs: [...outputs],
      nodes,
      params,
      meta,
    };
    return validate(graph);
  }

  /** The last axis. @throws invalid_graph where its size is unknown. */
  protected channels(x: ValueId): number {
    const channels: Dimension | undefined = this.shapeOf(x).at(-1);
    if (typeof channels === 'number') return channels;
    throw shapeError('a known size', `the last axis of "${x}"`, 'an unknown one');
  }

  /** Adds a node of one output and creates its params, unless it is tied to another's. */
  protected addNode(
    op: string,
    inputs: readonly ValueId[],
    attrs: Attributes,
    options: WeightedOptions = {},
    paramShapes: ParamShapes = {},
  ): ValueId {
    const id = this.#newId(op, options.name);
    const params = options.tiedTo ? this.#tied(options.tiedTo, op) : this.#createParams(id, op, paramShapes);
    const node: Node = { id, op, inputs: [...inputs], outputs: [id], params, attrs };
    const [shape] = inferNode(node, this.#shapes, this.#params);
    this.#nodes.push(node);
    this.#byId.set(id, node);
    this.#shapes.set(id, shape!);
    return id;
  }

  #createParams(node: string, op: string, shapes: ParamShapes): Record<string, ParamId> {
    const params: Record<string, ParamId> = {};
    for (const [role, shape] of Object.entries(shapes)) {
      if (!shape) continue;
      const id = `${node}/${role}`;
      this.#params.set(id, { shape, trainable: operators.get(op)?.params[role]?.trainable ?? true });
      params[role] = id;
    }
    return params;
  }

  #tied(id: string, op: string): Node['params'] {
    const node = this.#byId.get(id);
    if (node?.op === op) return node.params;
    throw new PocketlensError(
      'invalid_graph',
      `Expected an earlier ${op} node to tie to but received "${id}".`,
    );
  }

  #newId(op: string, name: string | undefined): string {
    const plain = `${this.#scope}${name ?? op.toLowerCase()}`;
    const count = (this.#counts.get(plain) ?? 0) + 1;
    this.#counts.set(plain, count);
    const id = name ? plain : `${plain}${count}`;
    if (this.#shapes.has(id)) throw expected('invalid_graph', 'a new name', 'a node', id);
    return id;
  }
}
