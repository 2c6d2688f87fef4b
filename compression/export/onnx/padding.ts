/** Border padding of convolutions and pooling. */

import { expected } from '../../../models/base/errors.js';
import type { Dimension, Node } from '../../../models/graph/ir.js';
import { samePadding } from '../same-padding.js';
import type { AttributeValue } from './tensor.js';

/**
 * ONNX's `pads` ([top, left, bottom, right]) for a node whose input is `height` × `width`, or `auto_pad` where the size
 * is dynamic and matters.
 */
export function paddingAttributes(
  node: Node,
  size: readonly [height: Dimension, width: Dimension],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[] = [1, 1],
): Record<string, AttributeValue> {
  const pads = node.attrs.pads ?? 'valid';
  if (pads === 'valid') return { pads: [0, 0, 0, 0] };
  if (Array.isArray(pads) && pads.length === 4) return { pads: pads as readonly number[] };
  if (pads !== 'same') {
    throw expected(
      'invalid_graph',
      '"same", "valid" or four numbers',
      `pads of ${node.op} "${node.id}"`,
      pads,
    );
  }
  const [vertical, horizontal] = [0, 1].map((i) =>
    samePadding(size[i]!, (kernel[i]! - 1) * dilations[i]! + 1, strides[i]!),
  );
  if (!vertical || !horizontal) {
    if (dilations.some((d) => d > 1)) {
      throw expected(
        'unsupported_operator',
        'a known height and width, or explicit pads,',
        `${node.op} "${node.id}" with pads "same", strides and dilations`,
        size.map((d) => d ?? '?').join(' × '),
        { remedy: 'ONNX Runtime takes no auto_pad with dilations: fix the sizes of the inputs.' },
      );
    }
    return { auto_pad: 'SAME_UPPER' };
  }
  return { pads: [vertical[0], horizontal[0], vertical[1], horizontal[1]] };
}
