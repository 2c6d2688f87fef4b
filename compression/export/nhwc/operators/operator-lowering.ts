import type { Node } from '../../../../models/graph/ir.js';
import type { NhwcLowering } from '../lowering.js';

/** Lowers one node of the graph; its inputs are bound already, it must bind its output. */
export type OperatorLowering = (node: Node, lowering: NhwcLowering) => void;
