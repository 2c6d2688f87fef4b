import { expect, it } from 'vitest';
import { cardMetrics } from '../../../apps/bundle/build/model-source.js';
import { floatMetrics } from '../../../apps/precision/float-metrics.js';
import type { ModelCard } from '../../../models/runtime/model-card.js';

const DEPLOYED = { 'dev/set': { cer: 0.03 } };
const PARENT = { 'dev/set': { cer: 0.02 } };
const ROUNDING = [
  { pass: 'fold-batch-norm', deployedOnly: true },
  { pass: 'quantize', deployedOnly: true },
];

function card(precision: ModelCard['format']['precision'], compression: ModelCard['compression']): ModelCard {
  const parent = { precision: 'float32' as const, bytes: 1, metrics: PARENT };
  const compressed = compression.length > 0 && { recipe: 'test', leftInFloat: [], parent };
  return {
    format: { precision },
    metrics: DEPLOYED,
    compression,
    ...(compressed && { compressed }),
  } as unknown as ModelCard;
}

const source = (of: ModelCard) =>
  ({ card: of, isQuantized: of.format.precision === 'int8' }) as Parameters<typeof cardMetrics>[0];

it.each([
  ['its own of a float model', card('float32', []), DEPLOYED],
  ['its own of a float model that passes made', card('float32', [{ pass: 'distill' }]), DEPLOYED],
  ["its parent's where only the deployed model was changed", card('int8', ROUNDING), PARENT],
  ['none where the weights were changed too', card('int8', [{ pass: 'factorize' }, ...ROUNDING]), undefined],
  ['none of an 8-bit model that does not say how it was made', card('int8', []), undefined],
])('float weights have %s', (_, of, expected) => {
  expect(floatMetrics(of)).toEqual(expected);
  expect(cardMetrics(source(of), 'float32')).toEqual(expected);
});

it('a bundle takes the figures of the deployed model for its own precision', () => {
  expect(cardMetrics(source(card('int8', ROUNDING)), 'int8')).toEqual(DEPLOYED);
  expect(cardMetrics(source(card('int8', ROUNDING)), 'float16')).toBeUndefined();
});
