import { describe, expect, it } from 'vitest';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import { recognizerOf } from '../../../models/recognizer/open-recognizer.js';
import type { ReadOptions } from '../../../models/recognizer/reading.js';
import type { Session } from '../../../models/runtime/session.js';

const CHARSET = ' 01lA';
const config = recognizerConfigSchema.parse({ charset: CHARSET, subframes: 1 });
const FRAMES = 24;

/** Probabilities of some characters in some frames; what is left of each frame is blank. */
type Frames = Readonly<Record<number, Readonly<Record<string, number>>>>;

/** A network that sees the same in every crop. */
function sessionOf(frames: Frames): Session {
  return {
    inputs: [{ name: 'line', type: 'float32', shape: [1, 1, 32, null], symbols: [] }],
    outputs: [{ name: 'scores', type: 'float32', shape: [1, null, 6], symbols: [] }],
    run: async ({ line }) => {
      const count = line!.dims[3]! / config.preprocessing.frameStep;
      const data = Float32Array.from({ length: count * 6 }, (_, i) => {
        const [seen, index] = [frames[Math.floor(i / 6)] ?? {}, i % 6];
        const blank = 1 - Object.values(seen).reduce((sum, p) => sum + p, 0);
        return Math.log(Math.max(1e-9, index === 5 ? blank : (seen[CHARSET[index]!] ?? 0)));
      });
      return { scores: { data, dims: [1, count, 6] } };
    },
    dispose: async () => {},
  };
}

async function read(frames: Frames, options: ReadOptions) {
  const crop = { width: FRAMES * 4, height: 32, data: new Uint8Array(FRAMES * 4 * 32).fill(255) };
  crop.data.fill(0, 0, FRAMES * 4); // one row of ink
  const [reading] = await recognizerOf(sessionOf(frames), config).read([crop], options);
  return reading!;
}

const DECODERS = ['greedy', 'beam'] as const;

describe.each(DECODERS)('an allowlist, decoding %s', (decoder) => {
  /** A sure "A", an "l" that could be a "1", a sure "0". */
  const frames = {
    4: { A: 0.97, 1: 0.02 },
    10: { l: 0.7, 1: 0.25 },
    16: { 0: 0.96, A: 0.02 },
  };

  it('reads other characters in the place of those that are not allowed, without being surer of them', async () => {
    const reading = await read(frames, { decoder, allowlist: '01' });
    expect(reading.text).toBe('110');
    const confidences = reading.characters.map(({ confidence }) => confidence);
    for (const [i, p] of [0.02, 0.25, 0.96].entries()) expect(confidences[i]).toBeCloseTo(p, 3);
    expect(reading.confidence).toBeCloseTo(0.02, 3);
  });

  it('tells what is read without it', async () => {
    const { free } = await read(frames, { decoder, allowlist: '01' });
    const plain = await read(frames, { decoder });
    expect(plain.text).toBe('Al0');
    expect(plain.characters.map(({ start }) => start)).toEqual([16, 40, 64]);
    expect(plain.free).toBeUndefined();
    expect(free).toEqual(plain);
  });

  it('changes nothing where all that is read is allowed', async () => {
    const reading = await read(frames, { decoder, allowlist: 'A0l1' });
    expect(reading.text).toBe('Al0');
    for (const [i, { confidence, ...character }] of reading.characters.entries()) {
      const { confidence: before, ...same } = reading.free!.characters[i]!;
      expect(character).toEqual(same);
      expect(confidence).toBeCloseTo(before, 6);
    }
  });
});
