/** Nodes of TensorFlow's graph as JSON: the form in which TensorFlow.js reads them. */
import type { Shape } from '../../../models/graph/ir.js';
import type { TensorType } from '../nhwc/program.js';

export type AttributeValue = Readonly<Record<string, unknown>>;

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, AttributeValue>>;
}

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

export const DATA_TYPE = { float32: 'DT_FLOAT', int32: 'DT_INT32' } as const;

/** −1 where a size is not known. Whole numbers are text, as 64-bit numbers are in JSON. */
export const shapeJson = (shape: Shape) => ({ dim: shape.map((d) => ({ size: String(d ?? -1) })) });

export const attr = {
  type: (type: TensorType): AttributeValue => ({ type: DATA_TYPE[type] }),
  shape: (shape: Shape): AttributeValue => ({ shape: shapeJson(shape) }),
  text: (value: string): AttributeValue => ({ s: base64(value) }),
  texts: (values: readonly string[]): AttributeValue => ({ list: { s: values.map(base64) } }),
  flag: (value: boolean): AttributeValue => ({ b: value }),
  int: (value: number): AttributeValue => ({ i: String(value) }),
  ints: (values: readonly number[]): AttributeValue => ({ list: { i: values.map(String) } }),
  constant: (type: TensorType, shape: Shape): AttributeValue => ({
    tensor: { dtype: DATA_TYPE[type], tensorShape: shapeJson(shape) },
  }),
};
