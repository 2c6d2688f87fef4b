/** What pruning did, for people and for the report of a run. */
import { costOf } from '../../../models/graph/cost.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import type { Graph, Shape, ValueId } from '../../../models/graph/ir.js';
import type { LayerNote, PassReport } from '../../pass.js';
import { analyzeDependencies } from './analyze-dependencies.js';
import type { ChannelGroup } from './channel-group.js';
import { weightsOf } from './pruning-rounds.js';

/** @param untouched layers left whole by option. @param inputShapes with them, MACs are told too */
export function reportRemoval(
  before: Graph,
  after: Graph,
  untouched: PassReport['skipped'],
  inputShapes?: Readonly<Record<ValueId, readonly number[]>>,
): PassReport {
  const { groups, frozen } = analyzeDependencies(before);
  const layers = layerNotes(groups, inferShapes(before), inferShapes(after));
  const named = new Set([...untouched, ...frozen].map(({ node }) => node));
  const whole = layers
    .filter(({ node, figures }) => figures.channelsBefore === figures.channelsAfter && !named.has(node))
    .map(({ node }) => ({ node, reason: 'others matter less, or no fewer channels may be left' }));
  const sum = (key: string) => layers.reduce((all, { figures }) => all + Number(figures[key]), 0);
  const channels = `Removed ${sum('channelsBefore') - sum('channelsAfter')} of ${sum('channelsBefore')} channels`;
  const macs = inputShapes
    ? `, MACs ${change(costOf(before, inputShapes).macs, costOf(after, inputShapes).macs)}`
    : '';
  return {
    summary: `${channels}: parameters ${change(weightsOf(before), weightsOf(after))}${macs}.`,
    layers,
    skipped: [...frozen.map(({ node, reason }) => ({ node, reason })), ...untouched, ...whole],
  };
}

type Shapes = ReadonlyMap<ValueId, Shape>;

/** A note for each layer that makes removable channels. */
function layerNotes(groups: readonly ChannelGroup[], before: Shapes, after: Shapes): LayerNote[] {
  const notes = new Map<string, LayerNote>();
  for (const { makers } of groups) {
    for (const { node, output, axis } of makers) {
      const coupled = makers.filter((other) => other.node !== node).map((other) => other.node);
      const earlier = notes.get(node)?.figures.coupledWith;
      const coupledWith = [...new Set([...(earlier ? String(earlier).split(', ') : []), ...coupled])].join(
        ', ',
      );
      const figures = {
        channelsBefore: before.get(output)![axis]!,
        channelsAfter: after.get(output)![axis]!,
        ...(coupledWith && { coupledWith }),
      };
      notes.set(node, { node, figures });
    }
  }
  return [...notes.values()];
}

function change(before: number, after: number): string {
  return `${before} to ${after} (${((100 * after) / before).toFixed(1)} %)`;
}
