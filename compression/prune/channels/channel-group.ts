/** Channels that must go together, as the dependency analysis finds them. */
import type { ValueId } from '../../../models/graph/ir.js';
import type { TensorRef } from './position-table.js';

/** One axis that loses positions when units of the group go. */
export interface GroupAxis {
  readonly tensor: TensorRef;
  readonly axis: number;
  /** The operator's word for it ("cout"), or "axis 3". */
  readonly name: string;
  /** Ascending, unit by unit. */
  readonly positions: readonly (readonly number[])[];
  /** Why it belongs to the group. */
  readonly reason: string;
  /** Params: whether training changes it (running statistics are not scored). */
  readonly trainable: boolean;
  /** Params: operator and role that read it, "Conv weight 3", for telling like from like. */
  readonly kind: string;
}

/** A node that makes channels, and where they stand in its output. */
export interface ChannelMaker {
  readonly node: string;
  readonly output: ValueId;
  readonly axis: number;
}

export interface ChannelGroup {
  /** The first node that makes these channels; a number is added where it makes several groups. */
  readonly id: string;
  /** All nodes that make these channels: residual sums, gates and shared params couple several. */
  readonly makers: readonly ChannelMaker[];
  /** All nodes of which a param is shortened: the makers, and those that read or normalise the channels. */
  readonly nodes: readonly string[];
  /** Number of units; unit u of every axis goes with unit u of every other. */
  readonly units: number;
  /** Channels of the first node's output that one unit takes: 1, or the groups of a grouped convolution, ... */
  readonly channelsPerUnit: number;
  /** The axis whose positions name the units: an output axis of the first node's first param. */
  readonly root: GroupAxis;
  /** All axes, the root first. */
  readonly axes: readonly GroupAxis[];
}

/** Channels that are made but cannot be removed. */
export interface FrozenChannels {
  readonly node: string;
  /** How many of its channels stay. */
  readonly channels: number;
  readonly reason: string;
}

export interface Dependencies {
  readonly groups: readonly ChannelGroup[];
  readonly frozen: readonly FrozenChannels[];
}

/** For people: the group, each of its axes, and why each is in it. */
export function describeGroup({ id, units, channelsPerUnit, axes }: ChannelGroup): string {
  const labels = axes.map(axisLabel);
  const width = Math.max(...labels.map((label) => label.length));
  const each = channelsPerUnit === 1 ? '' : ` of ${channelsPerUnit} channels`;
  return [
    `${id}: ${units} units${each}`,
    ...axes.map(({ reason }, i) => `  ${labels[i]!.padEnd(width)}  ${reason}`),
  ].join('\n');
}

export function axisLabel({ tensor, name }: Pick<GroupAxis, 'tensor' | 'name'>): string {
  return tensor.kind === 'param' ? `${tensor.id} ${name}` : `"${tensor.id}" ${name}`;
}
