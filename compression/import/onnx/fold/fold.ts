/**
 * Nodes whose output is known while the file is read: arithmetic on shapes, mostly, which ends in the shape of a Reshape
 * or the sizes of a Resize. Sizes that only a run tells go along as symbols as far as they can.
 */
import type { Constant } from '../constant.js';
import type { OnnxNode } from '../onnx-node.js';
import type { Raising } from '../raising.js';
import { ARITHMETIC_FOLDERS } from './arithmetic.js';
import { CODES_FOLDERS } from './codes.js';
import type { Folder } from './folder.js';
import { SHAPING_FOLDERS } from './shaping.js';
import { foldConstantNode, foldConstantOfShape, foldRange, foldShape, foldSize } from './sources.js';

const FOLDERS: Readonly<Record<string, Folder>> = {
  ...SHAPING_FOLDERS,
  ...ARITHMETIC_FOLDERS,
  ...CODES_FOLDERS,
  ConstantOfShape: foldConstantOfShape,
  Range: foldRange,
};

/** The outputs of the node, or undefined where they are not known. @throws Unsupported, model_corrupt */
export function fold(node: OnnxNode, raising: Raising): readonly Constant[] | undefined {
  if (node.op === 'Constant') return [foldConstantNode(node)];
  if (node.op === 'Shape') return [foldShape(node, raising)];
  if (node.op === 'Size') return [foldSize(node, raising)];
  if (!Object.hasOwn(FOLDERS, node.op)) return undefined;
  const given = node.inputs.filter((name) => name !== '');
  if (given.length === 0 || given.some((name) => !raising.constant(name))) return undefined;
  return FOLDERS[node.op]!(
    node,
    node.inputs.map((name) => (name === '' ? undefined : raising.constant(name))),
    raising,
  );
}
