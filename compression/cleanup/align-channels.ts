import { z } from 'zod';
import { inferShapes } from '../../models/graph/infer-shapes.js';
import type { Node, Param, ValueId } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import { definePass, type LayerNote } from '../pass.js';
import { GraphEdit } from './graph-edit.js';

/**
 * Convolutions of concatenated values get as many input channels as vector units like: parts of the concatenation are
 * repeated, with weights of 0. The function stays; ONNX Runtime's integer kernels take the fast path only at multiples of 4
 * (measured on x86 with VNNI: a 3×3 convolution of 20 channels takes half the time of one of 18). Put it before `quantize`.
 *
 * Options: `multiple` (4) of input channels. Concatenations that others read too, and parts that do not add up to what is
 * missing, are reported and left alone. Cost: none to speak of; the weights grow by less than `multiple` input channels.
 */
export const alignChannels = definePass(
  'align-channels',
  'Repeats parts of concatenations, with weights of 0, where convolutions like another number of channels.',
  z.strictObject({ multiple: z.int().min(2).max(64).default(4) }),
  (graph, { multiple }) => {
    const edit = new GraphEdit(validate(graph));
    const shapes = inferShapes(graph);
    const layers: LayerNote[] = [];
    const skipped: { node: string; reason: string }[] = [];
    for (const node of edit.nodes) {
      if (node.op !== 'Conv' || node.attrs.groups !== 1) continue;
      const weight = edit.params.get(node.params.weight!)!;
      const channels = weight.shape[2]!;
      const missing = (multiple - (channels % multiple)) % multiple;
      if (missing === 0 || channels < multiple) continue;
      const concat = edit.producer(node.inputs[0]!);
      const repeated = concat && partsFor(concat, missing, (id) => shapes.get(id)!.at(-1) ?? 0);
      const reason = whyNot(edit, node, weight, concat, repeated);
      if (reason !== undefined) {
        skipped.push({ node: node.id, reason });
        continue;
      }
      edit.replace({ ...concat!, inputs: [...concat!.inputs, ...repeated!] });
      edit.params.set(node.params.weight!, widened(weight, missing));
      layers.push({
        node: node.id,
        figures: { channelsBefore: channels, channelsAfter: channels + missing },
      });
    }
    const summary =
      layers.length === 0
        ? 'No convolution was widened.'
        : `Widened the input of ${layers.length} convolutions to multiples of ${multiple} channels.`;
    return { graph: edit.finish(), report: { summary, layers, skipped } };
  },
);

function whyNot(
  edit: GraphEdit,
  node: Node,
  { encoding }: Param,
  concat: Node | undefined,
  repeated: readonly ValueId[] | undefined,
): string | undefined {
  if (encoding) return 'its weights are stored as codes: align before quantizing or clustering';
  if (edit.usersOf(node.params.weight!).length > 1) return 'it shares its weights';
  if (concat?.op !== 'Concat' || !repeated) return 'no parts of its input can fill up the channels';
  return edit.onlyConsumer(concat.outputs[0]!) ? undefined : 'others read its input too';
}

/** The widest parts that fit, one after the other; undefined where they do not add up. */
function partsFor(concat: Node, missing: number, widthOf: (id: ValueId) => number): ValueId[] | undefined {
  if (concat.op !== 'Concat') return undefined;
  const parts = [...new Set(concat.inputs)].filter((id) => widthOf(id) > 0);
  parts.sort((a, b) => widthOf(b) - widthOf(a));
  const chosen: ValueId[] = [];
  let left = missing;
  while (left > 0) {
    const part = parts.find((id) => widthOf(id) <= left);
    if (part === undefined) return undefined;
    chosen.push(part);
    left -= widthOf(part);
  }
  return chosen;
}

/** [kh, kw, cin, cout] with so many more input channels, of zeros. */
function widened(param: Param, more: number): Param {
  const [kh, kw, cin, cout] = param.shape as [number, number, number, number];
  const [before, after] = [cin * cout, (cin + more) * cout];
  const data = new Float32Array(kh * kw * after);
  for (let i = 0; i < kh * kw; i++) data.set(param.data.subarray(i * before, (i + 1) * before), i * after);
  return { ...param, shape: [kh, kw, cin + more, cout], data };
}
