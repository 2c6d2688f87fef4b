import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plotPoints, plotRuns } from '../../../apps/train/plot.js';
import { appendMetrics, type MetricsRecord } from '../../../models/training/metrics-log.js';

const folder = mkdtempSync(join(tmpdir(), 'pocketlens-test-'));

function writeRun(name: string, records: readonly MetricsRecord[]): string {
  const run = join(folder, name);
  mkdirSync(run, { recursive: true });
  for (const record of records) appendMetrics(join(run, 'metrics.jsonl'), record);
  return run;
}

const step = (i: number, loss: number): MetricsRecord => ({
  kind: 'step',
  step: i,
  minutes: i / 10,
  values: { loss, rate: 90 },
});
const evaluation = (i: number, values: Record<string, number>): MetricsRecord => ({
  kind: 'evaluation',
  step: i,
  minutes: i / 10,
  values,
});

test('several runs share one figure with a panel for each metric', async () => {
  const losses = (scale: number) => Array.from({ length: 50 }, (_, i) => step(i + 1, scale / (i + 1)));
  const one = writeRun('short', [
    ...losses(10),
    evaluation(20, { 'sroie.cer': 12, 'mean-line-cer': 9 }),
    evaluation(50, { 'sroie.cer': 7, 'mean-line-cer': 5 }),
  ]);
  const two = writeRun('long', losses(30));
  const output = join(folder, 'figure.svg');
  await plotRuns([one, two], output);
  const svg = readFileSync(output, 'utf8');
  expect(svg).toMatch(/^<svg /);
  for (const text of ['loss', 'mean-line-cer', 'sroie.cer', 'short', 'long', 'minutes'])
    expect(svg).toContain(`>${text}<`);
  expect(svg).not.toContain('NaN');
  expect(svg).not.toContain('rate');
  // Two loss curves and one each of the two figures.
  expect(svg.match(/aria-roledescription="line mark"/g)).toHaveLength(4);
  await plotRuns([one, two], join(folder, 'again.svg'));
  expect(readFileSync(join(folder, 'again.svg'), 'utf8')).toBe(svg);
});

test('long curves are thinned by means; a loss of 0 has no place on a logarithmic scale', () => {
  const points = plotPoints(
    'r',
    Array.from({ length: 1000 }, (_, i) => step(i, i % 2 ? 1 : 3)),
  );
  expect(points).toHaveLength(250);
  expect(points[0]).toEqual({ run: 'r', minutes: 0.15000000000000002, metric: 'loss', value: 2 });
  expect(plotPoints('r', [step(1, 0), step(2, 5)])).toHaveLength(1);
  expect(plotPoints('r', [])).toEqual([]);
});

test('a run without figures is named', async () => {
  const empty = writeRun('empty', []);
  await expect(plotRuns([empty], join(folder, 'none.svg'))).rejects.toMatchObject({ code: 'data_missing' });
  await expect(plotRuns([join(folder, 'gone')], join(folder, 'none.svg'))).rejects.toThrowError(/gone/);
});
