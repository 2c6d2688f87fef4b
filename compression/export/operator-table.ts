/** Which operator of the graph can be written in which format, and why not where it cannot. */
import { operators } from '../../models/graph/registry.js';
import { NHWC_OPERATORS } from './nhwc/operators/index.js';
import { OPERATOR_EXPORTERS } from './onnx/operators/index.js';

export const EXPORT_FORMATS = ['onnx', 'ort', 'tflite', 'tfjs'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface OperatorCell {
  readonly exported: boolean;
  /** Why it is not exported, or where only some of its forms are. */
  readonly note?: string;
}

export interface OperatorRow {
  /** As the registry names it. */
  readonly operator: string;
  readonly formats: Readonly<Record<ExportFormat, OperatorCell>>;
}

const FRAMES = 'for a known number of frames: neither format has an LSTM without a state that outlives a run';

/** What limits an operator in a format; for one without an exporter, the reason. */
const NOTES: Readonly<Record<string, Readonly<Partial<Record<ExportFormat, string>>>>> = {
  Conv: { tfjs: 'depthwise with "same" padding and unequal strides: for known sizes' },
  DynamicQuantizeDequantize: {
    tflite: 'computed in float',
    tfjs: 'computed in float',
  },
  Erf: { tflite: 'the error function is there as a part of Gelu only' },
  LSTM: { tflite: FRAMES, tfjs: FRAMES },
  MatMul: { tfjs: 'of two stacks of matrices whose sizes differ: for known sizes' },
  QuantizeDequantize: {
    onnx: 'fewer than 8 bits: computed in float',
    ort: 'fewer than 8 bits: computed in float',
    tflite: 'fewer than 8 bits: computed in float',
    tfjs: 'computed in float',
  },
};

const EXPORTERS: Readonly<Record<ExportFormat, Readonly<Record<string, unknown>>>> = {
  onnx: OPERATOR_EXPORTERS,
  // Made from the ONNX file.
  ort: OPERATOR_EXPORTERS,
  tflite: Object.fromEntries(Object.entries(NHWC_OPERATORS).filter(([name]) => name !== 'Erf')),
  tfjs: NHWC_OPERATORS,
};

/** One row an operator of the registry, in alphabetical order. */
export function operatorTable(): readonly OperatorRow[] {
  const names = [...operators.keys()].sort();
  return names.map((operator) => ({
    operator,
    formats: Object.fromEntries(
      EXPORT_FORMATS.map((format): [ExportFormat, OperatorCell] => {
        const note = NOTES[operator]?.[format];
        const exported = Object.hasOwn(EXPORTERS[format], operator);
        return [format, { exported, ...(note !== undefined && { note }) }];
      }),
    ) as Record<ExportFormat, OperatorCell>,
  }));
}
