import { numberAttr, numbersAttr, stringAttr } from '../../attributes.js';
import type { OperatorLowering } from './operator-lowering.js';

export const lowerResize: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  const [vertical, horizontal] = numbersAttr(node, 'scales');
  const size = lowering.sizes(x, [
    { axis: 1, times: vertical! },
    { axis: 2, times: horizontal! },
  ]);
  const type = stringAttr(node, 'mode') === 'linear' ? 'ResizeBilinear' : 'ResizeNearestNeighbor';
  lowering.result(node, type, [x, size], {});
};

export const lowerDepthToSpace: OperatorLowering = (node, lowering) =>
  lowering.result(node, 'DepthToSpace', [lowering.input(node)], { block: numberAttr(node, 'blocksize') });
