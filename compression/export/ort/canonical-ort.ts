/**
 * The converter writes one table of its files, which tells the types of operators' arguments, in the order of a hash table
 * that differs from run to run. Here it is written anew, in order, so that equal models give equal bytes.
 *
 * A FlatBuffer is written from its end to its beginning: the model comes last in the file and refers to nothing before
 * it, so that everything before it can be replaced.
 */
import { Builder, ByteBuffer } from 'flatbuffers';
import { PocketlensError } from '../../../models/base/errors.js';
import { type TableType, type TableValue, writeTable } from '../flatbuffers/table-writer.js';

const IDENTIFIER = 'ORTM';
/** The strictest alignment in the format. */
const ALIGNMENT = 16;

const ARGUMENT: TableType = { type: [0, 'int8'], index: [1, 'uint32'] };
const NAMED_ARGUMENTS: TableType = { name: [0, 'string'], arguments: [1, { tables: ARGUMENT }] };
const OPERATOR: TableType = { id: [0, 'string'], types: [1, { tables: NAMED_ARGUMENTS }] };
const RESOLVER: TableType = { operators: [0, { tables: OPERATOR }] };
const ROOT: TableType = { version: [0, 'string'], model: [1, 'written'], resolver: [3, { table: RESOLVER }] };

/** @throws model_corrupt for what is no such file */
export function canonicalOrt(file: Uint8Array): Uint8Array {
  const bytes = new ByteBuffer(file);
  if (file.length < 8 || !bytes.__has_identifier(IDENTIFIER)) throw notOrt();
  const root = bytes.__indirect(0);
  const model = tableAt(bytes, root, 1);
  const resolver = tableAt(bytes, root, 3);
  if (model === undefined || resolver === undefined) throw notOrt();
  const operators = tablesAt(bytes, resolver, 0).map((operator) => ({
    id: textAt(bytes, operator, 0),
    types: tablesAt(bytes, operator, 1).map((named) => ({
      name: textAt(bytes, named, 0),
      arguments: tablesAt(bytes, named, 1).map((argument) => ({
        type: numberAt(bytes, argument, 0, (position) => bytes.readInt8(position)),
        index: numberAt(bytes, argument, 1, (position) => bytes.readUint32(position)),
      })),
    })),
  }));
  const value = {
    version: textAt(bytes, root, 0),
    // A table's field descriptions lie right before it, or behind where another table has the same.
    model: { from: Math.min(model, model - bytes.readInt32(model)), at: model },
    resolver: { operators: operators.map(inOrder).sort((a, b) => compare(a.id, b.id)) },
  };
  return rebuilt(file, value);
}

function rebuilt(
  file: Uint8Array,
  {
    model,
    ...rest
  }: {
    readonly version: string;
    readonly model: { from: number; at: number };
    readonly resolver: TableValue;
  },
): Uint8Array {
  const builder = new Builder(file.length + (1 << 12));
  // Positions count from the end, where the model stays: all that it refers to keeps its distance and its alignment.
  builder.prep(ALIGNMENT, 0);
  for (let i = file.length - 1; i >= model.from; i--) builder.addInt8(file[i]!);
  builder.finish(writeTable(builder, ROOT, { ...rest, model: file.length - model.at }), IDENTIFIER);
  return builder.asUint8Array();
}

interface OperatorTypes {
  readonly id: string;
  readonly types: readonly { readonly name: string }[];
}

const inOrder = ({ id, types }: OperatorTypes) => ({
  id,
  types: types.toSorted((a, b) => compare(a.name, b.name)),
});
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Where the field's value lies, undefined where it is not there. */
function fieldAt(bytes: ByteBuffer, table: number, slot: number): number | undefined {
  const offset = bytes.__offset(table, 4 + 2 * slot);
  return offset === 0 ? undefined : table + offset;
}

function tableAt(bytes: ByteBuffer, table: number, slot: number): number | undefined {
  const field = fieldAt(bytes, table, slot);
  return field === undefined ? undefined : bytes.__indirect(field);
}

function tablesAt(bytes: ByteBuffer, table: number, slot: number): number[] {
  const field = fieldAt(bytes, table, slot);
  if (field === undefined) return [];
  const first = bytes.__vector(field);
  return Array.from({ length: bytes.__vector_len(field) }, (_, i) => bytes.__indirect(first + 4 * i));
}

function textAt(bytes: ByteBuffer, table: number, slot: number): string {
  const field = fieldAt(bytes, table, slot);
  return field === undefined ? '' : String(bytes.__string(field));
}

function numberAt(bytes: ByteBuffer, table: number, slot: number, read: (at: number) => number): number {
  const field = fieldAt(bytes, table, slot);
  return field === undefined ? 0 : read(field);
}

function notOrt(): PocketlensError {
  return new PocketlensError(
    'model_corrupt',
    'Expected a model in ONNX Runtime’s format but received another file.',
  );
}
