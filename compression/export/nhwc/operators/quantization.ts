import { booleanAttr, numberAttr } from '../../attributes.js';
import type { OperatorLowering } from './operator-lowering.js';

export const lowerQuantizeDequantize: OperatorLowering = (node, lowering) =>
  lowering.result(node, 'FakeQuantize', [lowering.input(node)], {
    scale: lowering.param(node, 'scale').data[0]!,
    zeroPoint: lowering.param(node, 'zeroPoint').data[0]!,
    bits: numberAttr(node, 'bits'),
    signed: booleanAttr(node, 'signed', false),
  });

const MOST = 255;
/** Keeps the step of a value that is 0 everywhere from being 0; any range that matters is far above. */
const LEAST_RANGE = 1e-30;

/** No runtime of these formats finds ranges while it runs; so the arithmetic is spelt out, in float. */
export const lowerDynamicQuantizeDequantize: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  const all = { axes: x.shape.map((_, axis) => axis), keepDims: false };
  const [zero, most] = [lowering.scalar(0), lowering.scalar(MOST)];
  const low = lowering.emit('Minimum', [lowering.emit('Min', [x], all, []), zero], {}, []);
  const high = lowering.emit('Maximum', [lowering.emit('Max', [x], all, []), zero], {}, []);
  const range = lowering.emit(
    'Maximum',
    [lowering.emit('Sub', [high, low], {}, []), lowering.scalar(LEAST_RANGE)],
    {},
    [],
  );
  const scale = lowering.emit('Div', [range, most], {}, []);
  const steps = lowering.emit('Div', [lowering.emit('Sub', [zero, low], {}, []), scale], {}, []);
  const zeroPoint = lowering.emit('Minimum', [lowering.emit('Round', [steps], {}, []), most], {}, []);
  const exact = lowering.emit('Round', [lowering.emit('Div', [x, scale], {}, x.shape)], {}, x.shape);
  const moved = lowering.emit('Add', [exact, zeroPoint], {}, x.shape);
  const raised = lowering.emit('Maximum', [moved, zero], {}, x.shape);
  const codes = lowering.emit('Minimum', [raised, most], {}, x.shape);
  lowering.result(node, 'Mul', [lowering.emit('Sub', [codes, zeroPoint], {}, x.shape), scale], {});
};
