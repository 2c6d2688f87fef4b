import type { Activation, Operation, OperationType, Program, Tensor } from './program.js';

const isActivation = (type: OperationType): type is Activation => type === 'Relu' || type === 'Relu6';

/** How often each tensor is read, an output of the program counting as one more. */
export function countReads(program: Program): Map<Tensor, number> {
  const reads = new Map<Tensor, number>();
  const add = (tensor: Tensor) => reads.set(tensor, (reads.get(tensor) ?? 0) + 1);
  for (const { inputs } of program.operations) inputs.forEach(add);
  for (const { tensor } of program.outputs) add(tensor);
  return reads;
}

/** Takes rectifiers into the operation before them, where nobody else reads what it gives. */
export function fuseActivations(program: Program, fusing: ReadonlySet<OperationType>): Program {
  const reads = countReads(program);
  const operations: Operation[] = [];
  const madeBy = new Map<Tensor, number>();
  for (const operation of program.operations) {
    const from = operation.inputs[0];
    const at = isActivation(operation.type) && from ? madeBy.get(from) : undefined;
    const before = at === undefined ? undefined : operations[at]!;
    if (before && reads.get(from!) === 1 && fusing.has(before.type) && !('activation' in before.attrs)) {
      const attrs = { ...before.attrs, activation: operation.type };
      operations[at!] = { ...before, attrs, output: operation.output } as Operation;
      madeBy.set(operation.output, at!);
    } else {
      madeBy.set(operation.output, operations.length);
      operations.push(operation);
    }
  }
  return { ...program, operations };
}
