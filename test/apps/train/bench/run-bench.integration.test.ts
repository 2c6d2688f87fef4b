import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { benchReport } from '../../../../apps/train/bench/bench-report.js';
import type { Peer, PeerName } from '../../../../apps/train/bench/peers/peer.js';
import { ResultCache } from '../../../../apps/train/bench/result-cache.js';
import { runBench } from '../../../../apps/train/bench/run-bench.js';
import { type NamedSet, selectSets } from '../../../../apps/train/bench/sets.js';
import { PocketlensError } from '../../../../models/base/errors.js';
import { temporaryFolder, writeCrops } from './label-folders.js';

const texts = Array.from({ length: 70 }, (_, i) => `word${i}`);
let folder: string;
let sets: NamedSet[];

beforeEach(async () => {
  folder = temporaryFolder();
  await writeCrops(join(folder, 'ocr', 'dev', 'lines', 'tiny'), texts);
  sets = selectSets(['lines'], { data: folder });
});

interface Asked {
  readonly peer: string;
  readonly files: readonly string[];
}

/** Reads the labels, the last character left out where `wrong`; `failAt`: the turn in which it breaks. */
function fake(
  name: PeerName,
  asked: Asked[],
  options: { wrong?: boolean; failAt?: number; fingerprint?: string } = {},
): Peer {
  let turn = 0;
  return {
    name,
    title: name.toUpperCase(),
    describe: async () => ({ version: '1', modelBytes: 2_500_000, fingerprint: options.fingerprint ?? 'a' }),
    open: async () => ({
      read: async (paths) => {
        if (turn++ === options.failAt) throw new Error('power cut');
        const files = paths.map((path) => path.split(/[\\/]/).at(-1)!);
        asked.push({ peer: name, files });
        return files.map((file) => {
          const text = texts[Number.parseInt(file, 10)]!;
          return { text: options.wrong ? text.slice(0, -1) : text, seconds: 0.01 };
        });
      },
      close: async () => {},
    }),
    readOne: () => ({ command: 'echo', args: ['text'] }),
  };
}

const absent: Peer = {
  ...fake('ppocr', []),
  describe: async () => {
    throw new PocketlensError('tool_missing', 'Expected rapidocr but found none.', { remedy: 'Install it.' });
  },
};

const run = (peers: readonly Peer[], fresh = false, limit?: number) =>
  runBench({
    peers,
    sets,
    threads: 1,
    cache: new ResultCache(join(folder, 'cache'), { fresh }),
    ...(limit !== undefined && { limit }),
  });

test('programs take turns and are scored alike; one that is missing is a row that says so', async () => {
  const asked: Asked[] = [];
  const result = await run([fake('pocketlens', asked), fake('tesseract', asked, { wrong: true }), absent]);
  expect(asked.map(({ peer }) => peer)).toEqual(
    ['pocketlens', 'tesseract', 'tesseract', 'pocketlens', 'pocketlens', 'tesseract'], // each is first in turn
  );
  const [ours, theirs, none] = result.peers;
  expect(ours!.sets[0]!.score).toMatchObject({ n: 70, cer: 0, exact: 100 });
  expect(theirs!.sets[0]!.score.exact).toBe(0);
  expect(ours!.startUpSeconds).toBeGreaterThan(0);
  expect(none).toMatchObject({ absent: { what: 'not installed' }, sets: [] });
  const report = benchReport(result);
  expect(report).toMatch(/\| program +\| +tiny \(70\) \|/);
  expect(report).toMatch(/\| POCKETLENS 1 +\| +0\.00 \/ 0\.00 \|/);
  expect(report.match(/\| PPOCR +\| +not installed \|/g)).toHaveLength(2);
  expect(report).toMatch(/\| POCKETLENS 1 +\| +10\.0 \|.*\| +2\.5 \|/);
});

test('an interrupted bench goes on where it ended', async () => {
  const first: Asked[] = [];
  await expect(run([fake('pocketlens', first, { failAt: 1 })])).rejects.toThrowError('power cut');
  expect(first[0]!.files).toHaveLength(32);
  const second: Asked[] = [];
  const result = await run([fake('pocketlens', second)]);
  expect(second.flatMap(({ files }) => files)).toEqual(texts.slice(32).map((_, i) => `${32 + i}.png`));
  expect(result.peers[0]!.sets[0]!.score).toMatchObject({ n: 70, cer: 0, missing: 0 });
  const third: Asked[] = [];
  await run([fake('pocketlens', third)], false, 5);
  expect(third).toEqual([]);
});

test('another fingerprint, --fresh and a damaged file are read anew', async () => {
  const count = async (peer: (asked: Asked[]) => Peer, fresh = false) => {
    const asked: Asked[] = [];
    await run([peer(asked)], fresh);
    return asked.flatMap(({ files }) => files).length;
  };
  expect(await count((asked) => fake('pocketlens', asked))).toBe(70);
  expect(await count((asked) => fake('pocketlens', asked, { fingerprint: 'b' }))).toBe(70);
  expect(await count((asked) => fake('pocketlens', asked, { fingerprint: 'b' }))).toBe(0);
  expect(await count((asked) => fake('pocketlens', asked, { fingerprint: 'b' }), true)).toBe(70);
  for (const name of readdirSync(join(folder, 'cache'))) writeFileSync(join(folder, 'cache', name), '{"half');
  expect(await count((asked) => fake('pocketlens', asked, { fingerprint: 'b' }))).toBe(70);
});
