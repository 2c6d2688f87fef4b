/** What can go wrong with one node of a file, and how all of it is told at once. */
import { PocketlensError } from '../../../models/base/errors.js';

/** Thrown by an operator's importer: the graph can't say what this node does. The import goes on to find them all. */
export class Unsupported extends Error {
  /** @param variant what of the operator is lacking ("with mode cubic"); empty: all of it. */
  constructor(variant = '') {
    super(variant);
  }
}

/** Thrown where a node needs what an unsupported one should have given: nothing more is said of it. */
export class Unavailable extends Error {}

export interface UnsupportedNode {
  readonly node: string;
  readonly op: string;
  readonly variant: string;
}

const NODES_SHOWN = 3;
const KINDS_SHOWN = 20;

/** One error for all nodes that could not be read; `details.nodes` has every one. */
export function unsupportedError(nodes: readonly UnsupportedNode[]): PocketlensError {
  const kinds = new Map<string, string[]>();
  for (const { op, variant, node } of nodes) {
    const kind = variant ? `${op} ${variant}` : op;
    kinds.set(kind, [...(kinds.get(kind) ?? []), node]);
  }
  const list = [...kinds].slice(0, KINDS_SHOWN).map(([kind, ids]) => {
    const more = ids.length > NODES_SHOWN ? `, and ${ids.length - NODES_SHOWN} more` : '';
    return `${kind} (${ids
      .slice(0, NODES_SHOWN)
      .map((id) => `"${id}"`)
      .join(', ')}${more})`;
  });
  if (kinds.size > KINDS_SHOWN) list.push(`and ${kinds.size - KINDS_SHOWN} more kinds`);
  return new PocketlensError(
    'unsupported_operator',
    `Expected operators that a graph can hold for the ONNX file but received ${list.join('; ')}.`,
    { remedy: remedyFor(nodes), details: { nodes } },
  );
}

function remedyFor(nodes: readonly UnsupportedNode[]): string {
  if (nodes.some(({ variant }) => variant.includes('run time')))
    return 'Export the model with fixed sizes, or give them: --input-shape name=1,3,224,224, or inputShapes of importOnnx().';
  if (nodes.some(({ variant }) => variant.includes('in another file')))
    return 'Give the other file: readExternal of importOnnx(); the command looks for it beside the model.';
  if (nodes.some(({ op }) => /^(QLinear|ConvInteger|QGemm|QAttention)/.test(op)))
    return 'Quantize the model in the QDQ format (QuantizeLinear and DequantizeLinear), or import the float model.';
  return 'Export the model without them, or in operator set 17 or later, where one operator stands for what were many.';
}

/** The file contradicts itself. */
export function corrupt(message: string, details: Record<string, unknown> = {}): PocketlensError {
  return new PocketlensError('model_corrupt', message, { remedy: 'Export the model again.', details });
}
