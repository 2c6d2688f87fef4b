/** Recurrent decoder: bidirectional LSTM layers over the frames, as in Namysl and Konya (2019). It sees the whole line. */
import type { GraphBuilder } from '../../graph/builder.js';
import type { ValueId } from '../../graph/ir.js';

/** @returns [batch, time, 2 × hidden] */
export function recurrentDecoder(
  b: GraphBuilder,
  frames: ValueId,
  options: { readonly hidden: number; readonly layers: number },
): ValueId {
  let x = b.squeeze(frames, [1]);
  for (let i = 1; i <= options.layers; i++) {
    x = b.lstm(x, { name: `lstm${i}`, hidden: options.hidden, direction: 'bidirectional' });
  }
  return x;
}
