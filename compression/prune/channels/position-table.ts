/** Every position along every known axis of a graph's tensors, numbered, and joined into classes that stand or fall together. */
import type { Graph, ParamId, Shape, ValueId } from '../../../models/graph/ir.js';

export type TensorRef =
  | { readonly kind: 'param'; readonly id: ParamId }
  | { readonly kind: 'value'; readonly id: ValueId };

/** One axis of one tensor; its position p has the number `first + p`. */
export interface AxisEntry {
  readonly index: number;
  readonly tensor: TensorRef;
  readonly axis: number;
  readonly size: number;
  readonly first: number;
}

export const tensorKey = ({ kind, id }: TensorRef) => `${kind}:${id}`;

/** A union-find forest (Tarjan 1975) over positions; a class may be frozen: nothing in it can be removed. */
export class PositionTable {
  readonly entries: AxisEntry[] = [];
  readonly #byTensor = new Map<string, (AxisEntry | undefined)[]>();
  readonly #parent: Int32Array;
  readonly #frozen = new Map<number, string>();
  /** Entry of each position. */
  readonly #entryOf: Int32Array;

  /** @param shapes of all values; axes of unknown size have no positions. */
  constructor(graph: Graph, shapes: ReadonlyMap<ValueId, Shape>) {
    let count = 0;
    const add = (tensor: TensorRef, shape: Shape) => {
      const axes = shape.map((size, axis) => {
        if (size === null) return undefined;
        const entry = { index: this.entries.length, tensor, axis, size, first: count };
        this.entries.push(entry);
        count += size;
        return entry;
      });
      this.#byTensor.set(tensorKey(tensor), axes);
    };
    for (const [id, { shape }] of graph.params) add({ kind: 'param', id }, shape);
    for (const [id, shape] of shapes) add({ kind: 'value', id }, shape);
    this.#parent = Int32Array.from({ length: count }, (_, i) => i);
    this.#entryOf = new Int32Array(count);
    for (const { index, first, size } of this.entries) this.#entryOf.fill(index, first, first + size);
  }

  get size(): number {
    return this.#parent.length;
  }

  /** Undefined where the size is unknown. */
  axis(tensor: TensorRef, axis: number): AxisEntry | undefined {
    return this.#byTensor.get(tensorKey(tensor))?.[axis];
  }

  /** The known axes of a tensor. */
  axesOf(tensor: TensorRef): AxisEntry[] {
    return (this.#byTensor.get(tensorKey(tensor)) ?? []).filter((entry) => entry !== undefined);
  }

  entryAt(position: number): AxisEntry {
    return this.entries[this.#entryOf[position]!]!;
  }

  /** The class that a position belongs to. */
  find(position: number): number {
    let root = position;
    while (this.#parent[root] !== root) root = this.#parent[root]!;
    for (let p = position; p !== root; ) {
      const next = this.#parent[p]!;
      this.#parent[p] = root;
      p = next;
    }
    return root;
  }

  /** Roots are the least position of their class, so that results do not depend on the order of joining. */
  join(a: number, b: number): void {
    const [low, high] = [this.find(a), this.find(b)].sort((x, y) => x - y) as [number, number];
    if (low === high) return;
    this.#parent[high] = low;
    const reason = this.#frozen.get(low) ?? this.#frozen.get(high);
    if (reason !== undefined) this.#frozen.set(low, reason);
  }

  /** The first reason given stays. */
  freeze(position: number, reason: string): void {
    const root = this.find(position);
    if (!this.#frozen.has(root)) this.#frozen.set(root, reason);
  }

  freezeAxis(entry: AxisEntry, reason: string): void {
    for (let p = 0; p < entry.size; p++) this.freeze(entry.first + p, reason);
  }

  /** Why a position cannot go; undefined where it can. */
  whyFrozen(position: number): string | undefined {
    return this.#frozen.get(this.find(position));
  }
}
