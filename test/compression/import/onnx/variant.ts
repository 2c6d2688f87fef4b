/** What other exporters write that ours does not: each is run in ONNX Runtime and, imported, in tfjs. */
import { type FileInput, weights } from './file.js';

export interface Variant extends FileInput {
  readonly name: string;
  /** Sizes to run at, where the file leaves them open. */
  readonly at?: Readonly<Record<string, readonly number[]>>;
  /** Operators that the graph must not need. */
  readonly without?: readonly string[];
  /** Operators of the graph, where it matters which. */
  readonly operators?: Readonly<Record<string, number>>;
  readonly tolerance?: number;
}

export type Options = Omit<Variant, 'name' | 'nodes' | 'inputs' | 'outputs'> & {
  readonly outputs?: readonly string[];
};

/** Makes the function that adds to a list. */
export const adder =
  (variants: Variant[]) =>
  (
    name: string,
    inputs: FileInput['inputs'],
    nodes: FileInput['nodes'],
    { outputs = ['y'], ...options }: Options = {},
  ): void => {
    variants.push({ name, inputs, nodes, outputs, ...options });
  };

export const image = { x: ['n', 4, 9, 8] };
export const at = { x: [2, 4, 9, 8] };
export const kernel = (name: string, ...dims: number[]) => weights(name, dims);
