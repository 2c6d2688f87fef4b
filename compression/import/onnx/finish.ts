/** A graph out of the nodes that were made: names of outputs and params, nothing that nobody needs. */
import { PocketlensError } from '../../../models/base/errors.js';
import type { Graph, Node, Param, ParamId, TensorSpec, ValueId } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import type { Perm } from '../../perm.js';
import type { DraftNode } from './draft.js';
import { corrupt } from './errors.js';
import type { Raising } from './raising.js';

export interface FileOutput {
  readonly name: string;
  readonly perm: Perm;
}

/** @throws invalid_graph */
export function finishGraph(
  raising: Raising,
  inputs: readonly TensorSpec[],
  outputs: readonly FileOutput[],
  about: Pick<Graph, 'name' | 'meta'>,
): Graph {
  const values = new Map<ValueId, string>();
  const ids = outputs.map(({ name, perm }) => {
    const id = raising.read(name, perm);
    const isInput = inputs.some((input) => input.id === id);
    if (isInput && id === name) return id;
    if (!isInput && !values.has(id)) {
      values.set(id, name);
      return id;
    }
    // An input, or what is another output already: by this name too.
    const copy = raising.emit('Identity', [id], {}, {}, name);
    values.set(copy, name);
    return copy;
  });
  if (new Set(outputs.map(({ name }) => name)).size !== outputs.length)
    throw corrupt('Expected each output of the file once but one is listed twice.');
  const rename = renaming(raising, values, inputs);
  const drafts = needed(raising.draft.nodes, ids);
  const { nodes, params } = withParams(drafts, rename);
  try {
    return validate({ ...about, inputs, outputs: ids.map(rename), nodes, params });
  } catch (cause) {
    if (!(cause instanceof PocketlensError) || cause.remedy) throw cause;
    const { code, message, details } = cause;
    throw new PocketlensError(code, message, {
      remedy: 'Check the weights in the file, and export the model again.',
      details,
      cause,
    });
  }
}

/** Gives outputs their names, and another name to what has taken one of them. */
function renaming(
  raising: Raising,
  values: ReadonlyMap<ValueId, string>,
  inputs: readonly TensorSpec[],
): (id: ValueId) => ValueId {
  const names = new Set(values.values());
  for (const { id } of inputs)
    if (names.has(id)) throw corrupt(`Expected distinct names of inputs and outputs but "${id}" is both.`);
  const others = new Map<ValueId, string>();
  for (const { id } of raising.draft.nodes)
    if (names.has(id) && !values.has(id)) others.set(id, raising.draft.names.fresh(`${id}/inner`));
  return (id) => values.get(id) ?? others.get(id) ?? id;
}

function needed(drafts: readonly DraftNode[], outputs: readonly ValueId[]): DraftNode[] {
  const wanted = new Set(outputs);
  const kept: DraftNode[] = [];
  for (const node of drafts.toReversed()) {
    if (!wanted.has(node.id)) continue;
    for (const id of node.inputs) wanted.add(id);
    kept.push(node);
  }
  return kept.reverse();
}

/** Each param is named after the first node that has it. */
function withParams(
  drafts: readonly DraftNode[],
  rename: (id: ValueId) => ValueId,
): { nodes: Node[]; params: Map<ParamId, Param> } {
  const ids = new Map<Param, ParamId>();
  const params = new Map<ParamId, Param>();
  const nodes = drafts.map(({ id, op, inputs, attrs, params: own }): Node => {
    const name = rename(id);
    const roles = Object.entries(own).map(([role, param]) => {
      const known = ids.get(param) ?? `${name}/${role}`;
      ids.set(param, known);
      params.set(known, param);
      return [role, known] as const;
    });
    return {
      id: name,
      op,
      inputs: inputs.map(rename),
      outputs: [name],
      params: Object.fromEntries(roles),
      attrs,
    };
  });
  return { nodes, params };
}
