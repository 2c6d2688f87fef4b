/** Constants behind a layer that enter its weights: exporters write biases and folded normalisations as arithmetic. */
import type { Param, ValueId } from '../../../../models/graph/ir.js';
import type { Perm } from '../../../perm.js';
import { numbersOf } from '../constant.js';
import type { DraftNode } from '../draft.js';
import type { Raising } from '../raising.js';

/** Operator → the param that its output is proportional to, and which axis of it the output's channels are. */
const FACTORS: Readonly<Record<string, readonly [role: string, axis: number]>> = {
  Conv: ['weight', 3],
  ConvTranspose: ['weight', 2],
  MatMul: ['weight', 1],
  BatchNormalization: ['scale', 0],
  LayerNormalization: ['scale', 0],
};

interface Attachment {
  readonly id: ValueId;
  readonly perm: Perm;
  readonly layer: DraftNode;
  /** One a channel. */
  readonly values: ArrayLike<number>;
}

/** A layer whose value only these operands use, and a constant along its channels, or one for all of them. */
function attachment(operands: readonly string[], raising: Raising): Attachment | undefined {
  const at = operands.findIndex((tensor) => raising.constant(tensor));
  const constant = raising.constant(operands[at]);
  const value = operands[1 - at]!;
  if (!constant || raising.constant(value) || !raising.isUsedOnce(value)) return undefined;
  const { id, perm } = raising.stored(value);
  const layer = raising.draft.node(id);
  const values = numbersOf(constant);
  if (!layer || !values || !raising.isBoundOnce(id)) return undefined;
  const rank = perm.length;
  const channels = raising.draft.sizes(id)[rank - 1];
  if (typeof channels !== 'number' || constant.dims.length > rank) return undefined;
  if (values.length === 1) return { id, perm, layer, values: new Array<number>(channels).fill(values[0]!) };
  const channelAxis = perm[rank - 1]! - (rank - constant.dims.length);
  const fits = constant.dims.every((d, axis) => d === (axis === channelAxis ? channels : 1));
  return fits && channelAxis >= 0 ? { id, perm, layer, values } : undefined;
}

/** A constant added to a layer becomes its bias, or part of it. @returns whether it did */
export function attachBias(operands: readonly string[], output: string, raising: Raising): boolean {
  const found = attachment(operands, raising);
  if (!found) return false;
  const { bias } = found.layer.params;
  if (bias ? bias.encoding || !(found.layer.op in FACTORS) : !found.layer.params.weight) return false;
  const sum = Float32Array.from(found.values, (value, c) => value + (bias?.data[c] ?? 0));
  replace(found, { bias: raising.params.made(sum) }, output, raising);
  return true;
}

/** A constant that a layer is multiplied by enters its weights. @returns whether it did */
export function attachScale(operands: readonly string[], output: string, raising: Raising): boolean {
  const found = attachment(operands, raising);
  if (!found) return false;
  const [role, axis] = FACTORS[found.layer.op] ?? [];
  const { bias } = found.layer.params;
  const factor = role === undefined ? undefined : found.layer.params[role];
  // Codes would be none of the file's any more.
  if (role === undefined || !factor || factor.encoding || bias?.encoding) return false;
  const scaled = (param: Param, along: number) => {
    const inner = param.shape.slice(along + 1).reduce((product, d) => product * d, 1);
    const channels = param.shape[along]!;
    const data = param.data.map((w, i) => w * found.values[Math.floor(i / inner) % channels]!);
    return raising.params.made(data, param.shape);
  };
  const params = { [role]: scaled(factor, axis!), ...(bias && { bias: scaled(bias, 0) }) };
  replace(found, params, output, raising);
  return true;
}

function replace(
  { id, layer, perm }: Attachment,
  params: Readonly<Record<string, Param>>,
  output: string,
  raising: Raising,
): void {
  raising.draft.withdraw(id);
  raising.result(output, layer.op, layer.inputs, layer.attrs, perm, { ...layer.params, ...params });
}
