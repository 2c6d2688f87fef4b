/** The times of the page as a table in Markdown. */
import { median } from '../../../ocr/layout/geometry.js';
import { thisMachine } from '../../../train/bench/machine.js';
import type { DemoBench, DemoTimes } from './measure-demo.js';

export function demoReport({ browser, times }: DemoBench): string {
  const row = (name: string, cell: (times: DemoTimes) => string) =>
    `| ${[name, ...times.map(cell)].join(' | ')} |`;
  const seconds = (list: readonly number[]) => (list.length === 0 ? '–' : (median(list) / 1000).toFixed(2));
  const [first] = times;
  const { processor, cores } = thisMachine();
  return [
    row('In Chromium', ({ engine }) => engine),
    `| --- |${times.map(() => ' ---: |').join('')}`,
    row('cold start to the first text on `receipt.jpg`, s', ({ cold }) => seconds(cold)),
    row('second visit, offline, to the same, s', ({ second }) => seconds(second)),
    row('text of `receipt.jpg`, warm, s', ({ text }) => seconds(text)),
    row('subject of `dog.jpg`, warm, s', ({ subject }) => seconds(subject)),
    row('the same by the dense stream alone, s', ({ dense }) => seconds(dense)),
    row('loaded for the first text, MB', ({ bytes }) => (bytes / 1e6).toFixed(1)),
    '',
    `Medians of ${first?.cold.length ?? 0} runs; ${browser} on ${processor} (${cores} cores). Bytes are uncompressed.`,
  ].join('\n');
}
