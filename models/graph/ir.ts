/**
 * The graph: the small intermediate representation that training, compression and export share.
 *
 * Values are named tensors that flow along the nodes; params are named constants (weights). Activations are NHWC
 * (images) or [batch, time, channels] (sequences), float32 in training. Operators are named as ONNX names them; each
 * lives in `ops/` in one file. A graph is plain data: passes copy it, never mutate it.
 */

import type { ParamEncoding } from './encoding.js';

export type ValueId = string;
export type ParamId = string;

/** A dimension: a number, or null where it is only known at run time (batch, width). */
export type Dimension = number | null;
export type Shape = readonly Dimension[];

export interface TensorSpec {
  readonly id: ValueId;
  readonly shape: Shape;
}

/** JSON values only, so that a graph serialises as it stands. */
export type Attribute = number | string | boolean | null | readonly number[] | readonly string[];
export type Attributes = Readonly<Record<string, Attribute>>;

export interface Node {
  /** Unique in the graph, readable: "encoder/block2/conv". */
  readonly id: string;
  /** Key into the operator registry: "Conv", "Relu", ... */
  readonly op: string;
  readonly inputs: readonly ValueId[];
  readonly outputs: readonly ValueId[];
  /** role ("weight", "bias", "scale", ...) → param. Two nodes may share a param (tied blocks). */
  readonly params: Readonly<Record<string, ParamId>>;
  readonly attrs: Attributes;
}

export interface Param {
  readonly shape: readonly number[];
  /** Row-major, `data.length` = product of the shape. */
  readonly data: Float32Array;
  /** False for running statistics and constants: the optimizer leaves them alone. */
  readonly trainable: boolean;
  /** How the values are stored where they are not plain float32 (`encoding.ts`); `data` is what decoding gives. */
  readonly encoding?: ParamEncoding;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly ValueId[];
  /** In an order in which every value is produced before it is used. */
  readonly nodes: readonly Node[];
  readonly params: ReadonlyMap<ParamId, Param>;
  /** Free JSON: the model's config, charset, normalisation. Travels with the weights. */
  readonly meta: Readonly<Record<string, unknown>>;
}
