/**
 * What an operator is: everything that training, compression and export need to know about it, in one object in one
 * file of `ops/`. The exporters alone keep their own tables.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { z } from 'zod';
import type { Attributes, Shape } from './ir.js';

/** Concrete or partly known shapes at a node. Params are always concrete. */
export interface ShapeContext<A> {
  readonly attrs: A;
  readonly inputs: readonly Shape[];
  readonly params: Readonly<Record<string, readonly number[]>>;
}

/** Every dimension known: what a cost or a tie is computed from. */
export interface CostContext<A> {
  readonly attrs: A;
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  readonly params: Readonly<Record<string, readonly number[]>>;
}

export interface TieContext<A> extends ShapeContext<A> {
  readonly outputs: readonly Shape[];
}

export interface ExecuteContext<A> {
  readonly attrs: A;
  readonly inputs: readonly tf.Tensor[];
  readonly params: Readonly<Record<string, tf.Tensor>>;
  /** True where BatchNormalization normalises by the batch's own statistics. */
  readonly batchStatistics: boolean;
  /** Tells the caller a statistic of this batch that belongs to the param of `role`. */
  reportStatistic(role: string, value: tf.Tensor1D): void;
}

export interface Cost {
  /** Multiply-accumulates of convolutions and matrix products. */
  readonly macs: number;
  /** Other arithmetic: additions, comparisons, exponentials, each counted once. */
  readonly operations: number;
}

/** One param that an operator takes. */
export interface ParamRole {
  /** Axes by name, outermost first: ['kh', 'kw', 'cin/groups', 'cout']. */
  readonly axes: readonly string[];
  readonly optional?: true;
  /** False for running statistics. */
  readonly trainable?: false;
}

/**
 * Where the units of a tie lie along one axis of one tensor. Unit u occupies the positions
 * `offset + u * block + j + k * stride` for 0 ≤ j < block and 0 ≤ k < copies: a plain axis has offset 0, block 1 and
 * one copy; a segment of Concat has an offset; the four gates of an LSTM are four copies, `hidden` apart; an image
 * column flattened into channels is `height` copies, `channels` apart.
 */
export interface AxisRef {
  readonly of: { readonly input: number } | { readonly output: number } | { readonly param: string };
  /** Non-negative. */
  readonly axis: number;
  readonly offset?: number;
  readonly block?: number;
  readonly copies?: number;
  readonly stride?: number;
}

/**
 * Axes that stand or fall together: to remove unit u is to remove its positions on every one of these axes. An axis
 * with more than one position that no tie of its node names can't be shortened (a pruner stops there).
 */
export interface Tie {
  /** Number of units. */
  readonly size: number;
  readonly axes: readonly AxisRef[];
}

export interface Operator<A = Attributes> {
  /** As ONNX names it. */
  readonly name: string;
  /** Fewest and most inputs (values, not params). */
  readonly arity: readonly [least: number, most: number];
  /** Strict, without defaults: what a graph holds is complete. */
  readonly attributes: z.ZodType<A>;
  readonly params: Readonly<Record<string, ParamRole>>;
  /** Output shapes; null dimensions propagate. @throws invalid_graph where inputs, params and attributes disagree. */
  inferShapes(context: ShapeContext<A>): Shape[];
  /** Whether the params' values make sense. @throws invalid_graph where they do not. */
  checkValues?(context: { readonly attrs: A; readonly params: Readonly<Record<string, Float32Array>> }): void;
  /** Runs on the present tfjs backend; differentiable. Returns new tensors (never an input itself). */
  execute(context: ExecuteContext<A>): tf.Tensor[];
  cost(context: CostContext<A>): Cost;
  ties(context: TieContext<A>): Tie[];
  /** The attributes after axes were shortened: depthwise groups, an LSTM's width, a Reshape's sizes. */
  adaptAttributes?(context: TieContext<A>): A;
}

/** Positions that unit `unit` occupies on the axis. */
export function positionsOf(ref: AxisRef, unit: number): number[] {
  const { offset = 0, block = 1, copies = 1, stride = 0 } = ref;
  const positions: number[] = [];
  for (let k = 0; k < copies; k++) {
    for (let j = 0; j < block; j++) positions.push(offset + unit * block + j + k * stride);
  }
  return positions;
}

/** Erases the attribute type; `execute` and the rest only ever see attributes that passed the schema. */
export function defineOperator<A extends Attributes>(operator: Operator<A>): Operator {
  return operator as unknown as Operator;
}

/** @throws Error (a defect) where two operators share a name. */
export function defineRegistry(list: readonly Operator[]): ReadonlyMap<string, Operator> {
  const registry = new Map(list.map((operator) => [operator.name, operator]));
  if (registry.size !== list.length) throw new Error('Expected one operator a name but received two of one.');
  return registry;
}
