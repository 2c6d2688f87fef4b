import { CHANNELS_LAST, type Perm } from '../../../perm.js';
import { Unsupported } from '../errors.js';
import { lastAxisLast } from '../last-axis-last.js';
import { axisIn, weightOf } from './constants.js';
import type { OperatorImporter } from './operator-importer.js';

/** The least that keeps a division possible where a file has 0. */
export const LEAST_EPSILON = 1e-12;

/** [batch, channels, …] with the channels last. */
const ORDERS: Readonly<Record<number, Perm>> = { 2: [0, 1], 3: [0, 2, 1], 4: CHANNELS_LAST };

export const importBatchNormalization: OperatorImporter = (node, raising) => {
  const input = node.need(0);
  const rank = raising.rank(input);
  const perm = ORDERS[rank];
  if (!perm) throw new Unsupported(`of rank ${rank}`);
  if (node.int('training_mode', 0) === 1) throw new Unsupported('in training mode');
  const roles = ['scale', 'bias', 'mean', 'variance'] as const;
  const params = Object.fromEntries(
    roles.map((role, i) => {
      const param = raising.params.ordered(weightOf(node, raising, i + 1, `a ${role}`), [0]);
      const isStatistic = role === 'mean' || role === 'variance';
      return [role, isStatistic ? raising.params.frozen(param) : param];
    }),
  );
  const attrs = {
    epsilon: Math.max(node.float('epsilon', 1e-5), LEAST_EPSILON),
    momentum: node.float('momentum', 0.9),
  };
  raising.result(node.outputs[0]!, 'BatchNormalization', [raising.read(input, perm)], attrs, perm, params);
};

/** Over the last axis. */
export const importLayerNormalization: OperatorImporter = (node, raising) => {
  const input = node.need(0);
  const { perm } = raising.stored(input);
  const rank = perm.length;
  if (axisIn(node, node.int('axis', -1), rank) !== rank - 1) throw new Unsupported('over several axes');
  const order = lastAxisLast(perm);
  const scale = raising.params.ordered(weightOf(node, raising, 1, 'a scale'), [0]);
  const bias =
    node.input(2) === undefined
      ? raising.params.made(new Float32Array(scale.data.length))
      : raising.params.ordered(weightOf(node, raising, 2, 'a bias'), [0]);
  const attrs = { epsilon: Math.max(node.float('epsilon', 1e-5), LEAST_EPSILON) };
  const value = raising.read(input, order);
  raising.result(node.outputs[0]!, 'LayerNormalization', [value], attrs, order, { scale, bias });
};
