import { z } from 'zod';
import type { Graph } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import { definePass, type PassResult } from '../pass.js';
import { fuseOneActivation } from './activations.js';
import { foldOneConstant } from './constants.js';
import { GraphEdit } from './graph-edit.js';
import { removeOneIdentity } from './identities.js';

type Rule = (edit: GraphEdit) => { node: string; figure: string } | undefined;

/** Applies a rule until it finds nothing more. */
function exhaust(graph: Graph, rule: Rule, what: string): PassResult {
  const edit = new GraphEdit(validate(graph));
  const layers = [];
  for (let done = rule(edit); done; done = rule(edit))
    layers.push({ node: done.node, figures: { [what]: done.figure } });
  return {
    graph: edit.finish(),
    report: { summary: `${layers.length} nodes ${what}.`, layers, skipped: [] },
  };
}

/**
 * Removes nodes that change nothing (Identity, permutations and reshapes to the same, empty pads, scaling by one, concats
 * of one) and joins pairs: transposes become one or none, a squeeze and its unsqueeze go, a reshape takes in reshapes before
 * it. Takes no options and no data; outputs stay the same to the bit.
 */
export const removeIdentities = definePass(
  'remove-identities',
  'Removes nodes that change nothing or undo each other.',
  z.strictObject({}),
  (graph) => exhaust(graph, removeOneIdentity, 'removed or joined'),
);

/**
 * Joins activations: Relu and Clip after each other become one, a Relu of what is never negative goes, x · HardSigmoid(x)
 * with slope 1/6 becomes HardSwish. (Runtimes fuse an activation into the convolution before it by themselves.) Takes no
 * options and no data; outputs stay the same up to rounding.
 */
export const fuseActivations = definePass(
  'fuse-activations',
  'Makes one activation of those that follow each other.',
  z.strictObject({}),
  (graph) => exhaust(graph, fuseOneActivation, 'fused'),
);

/**
 * Folds constants into their neighbours: a batch normalisation that multiplies by one goes, one after another becomes one,
 * one before a convolution or a product enters its weights (its offset only where no padding stands between), and zeros
 * that a Pad puts around an image become the pads of the convolution that alone reads it. Run it after `fold-batch-norm`,
 * which takes the normalisations behind convolutions. Takes no options and no data; outputs stay the same up to rounding.
 * Source: Jacob et al. 2018, section 3.2, in the other direction.
 */
export const foldConstants = definePass(
  'fold-constants',
  'Folds normalisations and pads into the layers after them.',
  z.strictObject({}),
  (graph) => exhaust(graph, foldOneConstant, 'folded'),
);
