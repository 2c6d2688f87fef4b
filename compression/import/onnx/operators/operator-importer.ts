import type { OnnxNode } from '../onnx-node.js';
import type { Raising } from '../raising.js';

/**
 * Makes what the graph has for one node of the file and binds its outputs.
 *
 * @throws Unsupported, model_corrupt
 */
export type OperatorImporter = (node: OnnxNode, raising: Raising) => void;
