/**
 * The attention module (Li and Yu 2018, after Chen et al. 2016): from the dense stream's features it learns how much each
 * stream counts at each place; the weights are positive and sum to 1, and weigh the streams' logits.
 */
import type { GraphBuilder } from '../graph/builder.js';
import type { ValueId } from '../graph/ir.js';

/** Scope below which the params stand. */
export const FUSION_SCOPE = 'fusion';

/**
 * @param features [batch, height, width, channels]
 * @param maps logits of the streams, each [batch, height, width, 1]; two of them
 * @returns logits [batch, height, width, 1]
 */
export function addFusion(
  b: GraphBuilder,
  features: ValueId,
  maps: readonly [dense: ValueId, segment: ValueId],
  hidden: number,
): ValueId {
  return b.scope(FUSION_SCOPE, () => {
    const seen = b.concat([features, ...maps]);
    const mixed = b.relu(b.conv(seen, { name: 'mix', filters: hidden, kernel: [3, 3] }));
    // Of two weights that sum to 1, one is a sigmoid and the other what is left.
    const share = b.sigmoid(b.conv(mixed, { name: 'share', filters: 1, kernel: [1, 1] }), { name: 'weight' });
    const [dense, segment] = maps;
    return b.add(segment, b.mul(share, b.sub(dense, segment)), { name: 'fused' });
  });
}
