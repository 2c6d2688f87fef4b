/**
 * The recognizer's graph: encoder, decoder, class scores.
 *
 * Input `image` [batch, height, width, 1] (see preprocess.ts); output [batch, width / 4 × subframes, classes], raw
 * scores (logits) for CTC (Graves et al. 2006), blank last. Soft-max and decoding stay outside the graph.
 */
import { GraphBuilder } from '../graph/builder.js';
import type { Graph } from '../graph/ir.js';
import { Charset } from './charset.js';
import type { RecognizerConfig } from './config.js';
import { convolutionalDecoder } from './decoders/convolutional.js';
import { recurrentDecoder } from './decoders/recurrent.js';
import { buildEncoder } from './encoder.js';

export function buildRecognizer(config: RecognizerConfig, seed = 1): Graph {
  const { classes } = new Charset(config.charset);
  const b = new GraphBuilder('recognizer', { seed });
  const image = b.input('image', [null, config.preprocessing.height, null, 1]);
  const frames = b.scope('encoder', () => buildEncoder(b, image, config));
  const { decoder } = config;
  const features = b.scope('decoder', () =>
    decoder.type === 'convolutional'
      ? convolutionalDecoder(b, frames, { ...decoder, channels: config.encoder.channels[4] })
      : recurrentDecoder(b, frames, decoder),
  );
  const scores = b.dense(features, { name: 'scores', units: classes * config.subframes });
  // A frame's sub-frames lie side by side in its channels: [batch, time, n × classes] is [batch, n × time, classes].
  const logits = config.subframes === 1 ? scores : b.reshape(scores, [0, -1, classes]);
  return b.finish([logits], { task: 'recognizer', config });
}
