import { describe, expect, it } from 'vitest';
import { type LineBatch, type LineBatchOptions, openLineBatches } from '../../../apps/train/line-batches.js';
import type { LineSample } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';
import { ctcFeasible } from '../../../models/engine/kernels/ctc-loss.js';
import { Charset } from '../../../models/recognizer/charset.js';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import { frameCount } from '../../../models/recognizer/preprocess.js';
import { FIXTURE_CHARACTERS, fixtureFolders } from '../../synth/fonts/fixture-font.js';

// The fixture's fonts draw neither of the two signs: they tell where a line comes from.
const charset = ` ${FIXTURE_CHARACTERS}§¶`;
const model = recognizerConfigSchema.parse({ charset });
const { height, frameStep } = model.preprocessing;
const classes = new Charset(charset);
const classOf = (character: string) => classes.encode(character)![0]!;

/** Crops of single words and of lines, dark bars on light ground. */
function crops(sign: string): LineSample[] {
  const random = new Random(3, sign);
  return [60, 90, 130, 220, 300].map((width) => {
    const data = Uint8Array.from({ length: width * 24 }, (_, i) =>
      i % 6 < 3 && i > 5 * width && i < 19 * width ? random.int(20, 60) : random.int(200, 240),
    );
    return { image: { width, height: 24, data }, text: `a${sign}b` };
  });
}

function options(): LineBatchOptions {
  return {
    // Cheap lines: what they look like is not at stake here.
    renderer: {
      seed: 2,
      ...fixtureFolders(),
      charset,
      strength: 0,
      compositing: false,
      profiles: { clean: 1 },
    },
    model,
    real: [
      { samples: crops('§'), share: 0.3 },
      { samples: crops('¶'), share: 0.1 },
    ],
    batchPixels: 1200,
    reuse: 1,
    workers: 0,
    from: 0,
    seed: 2,
  };
}

async function draw(given: LineBatchOptions, count: number): Promise<{ batches: LineBatch[]; next: number }> {
  const dataset = openLineBatches(given);
  const batches: LineBatch[] = [];
  for (let i = 0; i < count; i++) batches.push(await dataset.next());
  const { next } = dataset.state();
  await dataset.close();
  return { batches, next: next! };
}

describe('openLineBatches', () => {
  it('mixes real lines in by their shares, leaves the sources as they are, and fits labels to frames', async () => {
    const given = options();
    const before = structuredClone(given.real);
    const { batches } = await draw(given, 200);
    expect(given.real).toEqual(before);

    const labels = batches.flatMap((batch) => batch.labels);
    expect(labels.length).toBeGreaterThan(800);
    const shareOf = (sign: string) =>
      labels.filter((label) => label.includes(classOf(sign))).length / labels.length;
    expect(Math.abs(shareOf('§') - 0.3)).toBeLessThan(0.06);
    expect(Math.abs(shareOf('¶') - 0.1)).toBeLessThan(0.04);

    for (const batch of batches) {
      const { data, width, labels: own, frames } = batch;
      expect(data).toHaveLength(own.length * height * width);
      expect(data.every(Number.isFinite)).toBe(true);
      expect(frames).toHaveLength(own.length);
      own.forEach((label, i) => {
        expect(label.length).toBeGreaterThan(0);
        expect(ctcFeasible(label, frames[i]!)).toBe(true);
        expect(frames[i]!).toBeLessThanOrEqual(frameCount(width, frameStep, model.subframes));
      });
    }
  });

  it('leaves out words that stand on their side', async () => {
    const upright = crops('§').map(({ image, text }) => ({
      image: { width: image.height, height: image.width, data: image.data },
      text,
    }));
    const given = { ...options(), real: [{ samples: upright, share: 0.5 }] };
    const labels = (await draw(given, 20)).batches.flatMap((batch) => batch.labels);
    expect(labels.some((label) => label.includes(classOf('§')))).toBe(false);
  });

  it('goes on from its state, always in the same way, with lines that were not rendered before', async () => {
    const given = options();
    const { batches, next } = await draw(given, 3);
    expect((await draw(given, 3)).batches).toEqual(batches);
    expect(next).toBeGreaterThan(0);
    const resumed = await draw({ ...given, from: next }, 3);
    expect(await draw({ ...given, from: next }, 3)).toEqual(resumed);
    expect(resumed.next).toBeGreaterThan(next);
    expect(resumed.batches).not.toEqual(batches);
  });
});
