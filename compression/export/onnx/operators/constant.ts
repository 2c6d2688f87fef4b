import { numbersAttr } from '../../attributes.js';
import { transposeData } from '../../transpose-data.js';
import { borderPerm } from '../border-perm.js';
import type { OperatorExporter } from './operator-exporter.js';

/** An initializer, in the order in which images lie in the file. */
export const exportConstant: OperatorExporter = (node, lowering) => {
  const shape = numbersAttr(node, 'shape');
  const perm = borderPerm(shape.length);
  const name = lowering.derived(node.params.value!, `as${shape.join('x')}`, (values) =>
    transposeData(values, shape, perm),
  );
  lowering.bind(node.outputs[0]!, { name, perm });
};
