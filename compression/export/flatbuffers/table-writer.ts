/** Writes FlatBuffers tables from plain objects by a description of their fields. Equal objects give equal bytes. */
import { Builder, type Offset } from 'flatbuffers';

type Scalar = 'bool' | 'int8' | 'uint8' | 'int32' | 'uint32' | 'float32';

/** `bytes`: a vector of bytes that begins at a multiple of 16. */
export type FieldType =
  | Scalar
  | 'string'
  | 'bytes'
  | { readonly vector: 'int32' | 'float32' | 'int64' }
  | { readonly tables: TableType }
  | { readonly table: TableType }
  /** A table that the builder has already; the value is its offset. */
  | 'written'
  /** One of several tables; which, says another field. The value is `{ type, value }`. */
  | 'union';

/** Name of a field → its place in the table, as the schema counts them, and its type. */
export type TableType = Readonly<Record<string, readonly [slot: number, type: FieldType]>>;

/** A value for each field that is to be written; scalars equal to 0 are the default and left out by the format. */
export type TableValue = Readonly<Record<string, unknown>>;

export interface UnionValue {
  readonly type: TableType;
  readonly value: TableValue;
}

/** @param identifier four letters that mark the kind of file */
export function writeFile(type: TableType, value: TableValue, identifier: string): Uint8Array {
  const builder = new Builder(1 << 16);
  builder.finish(writeTable(builder, type, value), identifier);
  return builder.asUint8Array();
}

/** @returns the table's offset in the builder */
export function writeTable(builder: Builder, type: TableType, value: TableValue): Offset {
  const fields = Object.entries(type)
    .filter(([name]) => value[name] !== undefined)
    .map(([name, [slot, field]]) => ({ slot, field, content: value[name] }));
  // What a field points at comes before the table.
  const offsets = fields.map(({ field, content }) => writeContent(builder, field, content));
  builder.startObject(Math.max(0, ...Object.values(type).map(([slot]) => slot + 1)));
  fields.forEach(({ slot, field, content }, i) => {
    const offset = offsets[i];
    if (offset !== undefined) builder.addFieldOffset(slot, offset, 0);
    else if (field === 'float32') builder.addFieldFloat32(slot, content as number, 0);
    else if (field === 'int32' || field === 'uint32') builder.addFieldInt32(slot, content as number, 0);
    else builder.addFieldInt8(slot, Number(content), 0);
  });
  return builder.endObject();
}

/** undefined for what stands in the table itself */
function writeContent(builder: Builder, field: FieldType, content: unknown): Offset | undefined {
  if (field === 'written') return content as Offset;
  if (field === 'string') return builder.createString(content as string);
  if (field === 'bytes') {
    const bytes = content as Uint8Array;
    builder.prep(16, bytes.length);
    return builder.createByteVector(bytes);
  }
  if (field === 'union') {
    const { type, value } = content as UnionValue;
    return writeTable(builder, type, value);
  }
  if (typeof field === 'string') return undefined;
  if ('table' in field) return writeTable(builder, field.table, content as TableValue);
  if ('tables' in field) {
    const offsets = (content as readonly TableValue[]).map((value) =>
      writeTable(builder, field.tables, value),
    );
    return writeVector(builder, 4, offsets, (offset) => builder.addOffset(offset));
  }
  const values = content as ArrayLike<number>;
  switch (field.vector) {
    case 'int32':
      return writeVector(builder, 4, values, (value) => builder.addInt32(value));
    case 'float32':
      return writeVector(builder, 4, values, (value) => builder.addFloat32(value));
    case 'int64':
      return writeVector(builder, 8, values, (value) => builder.addInt64(BigInt(value)));
  }
}

function writeVector(
  builder: Builder,
  size: number,
  values: ArrayLike<number>,
  add: (value: number) => void,
): Offset {
  builder.startVector(size, values.length, size);
  for (let i = values.length - 1; i >= 0; i--) add(values[i]!);
  return builder.endVector();
}
