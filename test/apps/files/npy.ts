/** .npy files as NumPy writes them. */
export interface NpyOptions {
  /** Default 1. */
  readonly version?: number;
  /** Default '<f4'. */
  readonly descr?: string;
  readonly fortran?: boolean;
}

/** @param elements default: float32 from the numbers */
export function npyFile(
  shape: readonly number[],
  elements: readonly number[] | Uint8Array,
  { version = 1, descr = '<f4', fortran = false }: NpyOptions = {},
): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const order = fortran ? 'True' : 'False';
  return npyOf(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sizes}), }`, elements, version);
}

/** A file with this header, filled up with blanks. */
export function npyOf(header: string, elements: readonly number[] | Uint8Array, version = 1): Uint8Array {
  const start = version === 1 ? 10 : 12;
  const text = `${header.padEnd(Math.ceil((header.length + start + 1) / 64) * 64 - start - 1)}\n`;
  const length = Buffer.alloc(start - 8);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  const body = elements instanceof Uint8Array ? elements : new Uint8Array(Float32Array.from(elements).buffer);
  return Buffer.concat([
    Buffer.from([0x93, ...Buffer.from('NUMPY'), version, 0]),
    length,
    Buffer.from(text),
    body,
  ]);
}
