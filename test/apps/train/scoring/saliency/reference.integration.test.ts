/** Our figures against the reference script that lies beside the data sets, where Python can run it. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  evaluateSaliency,
  mapsInFolder,
  writeMap,
} from '../../../../../apps/train/bench/evaluate-saliency.js';
import { loadGrayValues, loadSaliencySet } from '../../../../../apps/train/scoring/saliency/labelled-set.js';
import type { GrayImage } from '../../../../../models/base/image.js';
import { findDataFolder } from '../../../../../models/base/paths.js';
import { Random } from '../../../../../models/base/random.js';
import { temporaryFolder } from '../../bench/label-folders.js';
import { draw, saliencyCases, writeSaliencySet } from './saliency-cases.js';

const data = findDataFolder();
const script = data && join(data, '..', 'tools', 'score_saliency.py');
const python = process.env.POCKETLENS_PYTHON || 'python3';
const reason = !script || !existsSync(script) ? 'tools/score_saliency.py is not there' : pythonLacks();
if (reason) console.warn(`Skipped the comparison with the reference script: ${reason}.`);

function pythonLacks(): string {
  try {
    execFileSync(python, ['-c', 'import numpy, PIL'], { stdio: 'ignore' });
    return '';
  } catch {
    return `${python} with numpy and pillow is missing (what it gave once is kept in figures.unit.test.ts)`;
  }
}

/** What it prints: rounded to four decimals. */
function reference(set: string, maps: string): unknown {
  return JSON.parse(execFileSync(python, [script as string, set, maps], { encoding: 'utf8' }));
}

async function ours(set: string, maps: string): Promise<unknown> {
  const [evaluation] = await evaluateSaliency(mapsInFolder(maps), [{ id: 'set', folder: set }]);
  const { score, missing } = evaluation!;
  return {
    set: loadSaliencySet(set).name,
    missing,
    n: score.n,
    maxF: score.maxF,
    MAE: score.mae,
    S: score.structure,
  };
}

/** Near the mask, in one of several ways; undefined: no map. */
function disturbed(mask: GrayImage, random: Random): GrayImage | undefined {
  const { width, height } = mask;
  const [low, high] = [random.int(0, 30), random.int(120, 255)];
  const at = (x: number, y: number) => mask.data[y * width + x]! >= 128;
  switch (random.int(0, 4)) {
    case 0:
      return random.chance(0.2) ? undefined : draw(width, height, () => low);
    case 1: // constant but for the object
      return draw(width, height, (x, y) => (at(x, y) ? high : low));
    case 2: // shifted
      return draw(width, height, (x, y) => (x > 4 && y > 3 && at(x - 5, y - 4) ? high : low));
    case 3:
      return draw(width, height, (x, y) => random.int(0, at(x, y) ? 255 : 90));
    default: {
      const [w, h] = [random.int(40, 400), random.int(40, 400)];
      return draw(w, h, (x, y) =>
        at(Math.floor((x * width) / w), Math.floor((y * height) / h)) ? high : low,
      );
    }
  }
}

describe.skipIf(reason !== '')('reference script', () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('agrees to the last digit on cases made here', async () => {
    const set = join(folder, 'cases');
    await writeSaliencySet(set, saliencyCases());
    expect(await ours(set, join(set, 'maps'))).toEqual(reference(set, join(set, 'maps')));
  });

  const dev = join(data ?? '', 'saliency', 'dev');
  it.skipIf(!existsSync(dev)).each(['ecssd', 'pascal-s'])('agrees on %s', async (name) => {
    const set = join(dev, name);
    const maps = join(folder, name);
    const random = new Random(11, name);
    for (const sample of loadSaliencySet(set).samples) {
      const map = disturbed(await loadGrayValues(sample.mask), random);
      if (map) await writeMap(join(maps, `${sample.id}.png`), map);
    }
    expect(await ours(set, maps)).toEqual(reference(set, maps));
  });
});
