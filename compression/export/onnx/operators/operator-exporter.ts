import type { Node } from '../../../../models/graph/ir.js';
import type { Lowering } from '../lowering.js';

/** Writes one node of the graph as ONNX nodes; its inputs are stored already, it must store its outputs. */
export type OperatorExporter = (node: Node, lowering: Lowering) => void;
