import { expect, it } from 'vitest';
import { NHWC_OPERATORS } from '../../../compression/export/nhwc/operators/index.js';
import { OPERATOR_EXPORTERS } from '../../../compression/export/onnx/operators/index.js';
import { EXPORT_FORMATS, operatorTable } from '../../../compression/export/operator-table.js';
import { operators } from '../../../models/graph/registry.js';
import { operatorCases } from '../../models/graph/operator-cases.js';

const table = operatorTable();

it('has a row for every operator of the registry', () => {
  expect(table.map(({ operator }) => operator)).toEqual([...operators.keys()].sort());
});

it.each(table)('$operator is exported to every format, or a reason is stated', ({ formats }) => {
  for (const format of EXPORT_FORMATS)
    expect(formats[format].exported || (formats[format].note ?? '') !== '', format).toBe(true);
});

it('names no exporter of an operator that the registry does not know', () => {
  for (const exporters of [OPERATOR_EXPORTERS, NHWC_OPERATORS])
    expect(Object.keys(exporters).filter((name) => !operators.has(name))).toEqual([]);
});

it('has cases for every operator that is exported, which the parity tests run in every format', () => {
  const covered = new Set(operatorCases.map(({ op }) => op));
  expect(table.filter(({ operator }) => !covered.has(operator))).toEqual([]);
});
