/** Writing shipped models. Apart from reading them, since it needs the graph and with it the training library. */
import { createHash } from 'node:crypto';
import type { Graph } from '../../models/graph/ir.js';
import { encodeGraph } from '../../models/graph/serialize.js';
import { CARD_SCHEMA_VERSION, type ModelCard, parseModelCard } from '../../models/runtime/model-card.js';
import { CARD_FILE } from '../../models/runtime/model-folder.js';
import { openSession } from '../../models/runtime/session.js';
import { writeFolderWhole } from '../files/write-folder.js';

/** A card without what the writer finds out by itself: files, names and shapes of inputs and outputs, parameters. */
export type ModelCardDraft = Omit<
  ModelCard,
  'schemaVersion' | 'files' | 'format' | 'size' | 'limitations' | 'compression' | 'compressed' | 'thirdParty'
> &
  Partial<Pick<ModelCard, 'limitations' | 'compression' | 'compressed' | 'thirdParty'>> & {
    readonly format: Pick<ModelCard['format'], 'precision'> & {
      readonly opset?: number;
      /** Value → what its numbers are. */
      readonly meanings?: Readonly<Record<string, string>>;
    };
    readonly size?: Omit<ModelCard['size'], 'parameters'>;
  };

export interface ModelFolderContent {
  /** The float graph, written as `model.safetensors`. */
  readonly graph: Graph;
  /** What apps load, written as `model.onnx`. */
  readonly onnxBytes: Uint8Array;
  /** The same packed, written as `model.packed` in its place. */
  readonly packed?: Uint8Array;
  readonly card: ModelCardDraft;
}

/**
 * Writes a model's folder as a whole: a reader finds the old model or the new one. The ONNX bytes must load; the finished
 * card is returned.
 * @throws output_unwritable, model_corrupt (bytes that do not load, a card that is not valid)
 */
export async function writeModelFolder(folder: string, content: ModelFolderContent): Promise<ModelCard> {
  const { graph, onnxBytes, packed } = content;
  const files: Record<string, { path: string; bytes: Uint8Array }> = {
    model: packed ? { path: 'model.packed', bytes: packed } : { path: 'model.onnx', bytes: onnxBytes },
    weights: { path: 'model.safetensors', bytes: encodeGraph(graph) },
  };
  const card = await completeCard(content, files);
  const all = new Map(Object.values(files).map(({ path, bytes }) => [path, bytes] as const));
  all.set(CARD_FILE, new TextEncoder().encode(`${JSON.stringify(card, null, 2)}\n`));
  await writeFolderWhole(folder, all);
  return card;
}

async function completeCard(
  { graph, onnxBytes, card }: ModelFolderContent,
  files: Readonly<Record<string, { path: string; bytes: Uint8Array }>>,
): Promise<ModelCard> {
  const session = await openSession(onnxBytes, { name: 'model.onnx' });
  const { meanings = {}, precision, opset = 17 } = card.format;
  const values = (list: typeof session.inputs) =>
    list.map(({ name, type, shape }) => ({
      name,
      type,
      shape: [...shape],
      axes: [...(AXES[shape.length] ?? shape.map((_, axis) => `axis${axis}`))],
      ...(meanings[name] !== undefined && { meaning: meanings[name] }),
    }));
  const format = { opset, precision, inputs: values(session.inputs), outputs: values(session.outputs) };
  await session.dispose();
  const parameters = [...graph.params.values()].reduce((sum, { data }) => sum + data.length, 0);
  const entries = Object.entries(files).map(([role, { path, bytes }]) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return [role, { path, bytes: bytes.length, sha256 }];
  });
  return parseModelCard(
    {
      ...card,
      schemaVersion: CARD_SCHEMA_VERSION,
      files: Object.fromEntries(entries),
      format,
      size: { ...card.size, parameters },
    },
    CARD_FILE,
  );
}

/** The order of axes at the borders of the files that we export. */
const AXES: Readonly<Record<number, readonly string[]>> = {
  4: ['batch', 'channels', 'height', 'width'],
  3: ['batch', 'time', 'channels'],
  2: ['batch', 'channels'],
};
