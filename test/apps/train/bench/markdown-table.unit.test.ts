import { expect, test } from 'vitest';
import { markdownTable } from '../../../../apps/train/bench/markdown-table.js';

test('pads columns, aligns figures right, and shows what is missing', () => {
  const table = markdownTable(
    [{ title: 'set', align: 'left' }, { title: 'CER %' }],
    [
      ['lines/a', '12.50'],
      ['ä', undefined],
    ],
  );
  expect(table).toBe(
    [
      '| set     | CER % |', //
      '| ------- | ----: |',
      '| lines/a | 12.50 |',
      '| ä       |     – |',
    ].join('\n'),
  );
});

test('a cell cannot break the table', () => {
  const lines = markdownTable([{ title: 'a', align: 'left' }], [['x | y\nz']]).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[2]).toBe('| x \\| y z |');
});
