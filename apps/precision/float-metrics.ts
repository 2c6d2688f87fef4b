/** What a card tells of the float weights beside its deployed model. */
import type { ModelCard } from '../../models/runtime/model-card.js';

/**
 * Figures of the file "weights", in float32; none where nobody measured it. The parent's stand for it only where every
 * pass was done to the deployed model alone: after one that changed the weights too, the parent is another network.
 */
export function floatMetrics(card: ModelCard): ModelCard['metrics'] | undefined {
  if (card.format.precision === 'float32') return card.metrics;
  const isParent = card.compression.every(({ deployedOnly }) => deployedOnly === true);
  return isParent ? card.compressed?.parent.metrics : undefined;
}
