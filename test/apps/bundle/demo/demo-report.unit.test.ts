import { describe, expect, it } from 'vitest';
import { demoReport } from '../../../../apps/bundle/demo/bench/demo-report.js';

const times = {
  engine: 'WebAssembly, 2 threads',
  cold: [2000, 2600, 2210],
  second: [1500, 1600, 900],
  text: [700, 650, 901],
  subject: [300, 320, 310],
  dense: [100, 90, 95],
  bytes: 16_340_000,
};

describe('the table of the page’s times', () => {
  it('has the medians in seconds, a column for each engine, and what was not measured as a dash', () => {
    const report = demoReport({
      browser: 'Chromium 156',
      times: [times, { ...times, engine: 'WebAssembly, 1 thread', second: [] }],
    });
    const rows = report.split('\n').filter((line) => line.startsWith('|'));
    const cells = rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    expect(cells[0]!.slice(1)).toEqual(['WebAssembly, 2 threads', 'WebAssembly, 1 thread']);
    expect(cells.slice(2).map((row) => row.slice(1))).toEqual([
      ['2.21', '2.21'],
      ['1.50', '–'],
      ['0.70', '0.70'],
      ['0.31', '0.31'],
      ['0.10', '0.10'],
      ['16.3', '16.3'],
    ]);
    expect(new Set(cells.map((row) => row.length))).toEqual(new Set([3]));
    expect(report).toContain('Medians of 3 runs; Chromium 156 on ');
  });
});
