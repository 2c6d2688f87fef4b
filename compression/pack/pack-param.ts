/** One param as bytes, with its encoding, and back; exact to the bit. */
import { type AffineEncoding, codeRange, codesOf, decodeCodes } from '../../models/graph/encoding.js';
import type { Param } from '../../models/graph/ir.js';
import { ByteReader, ByteWriter } from './bytes.js';
import type { CodingOptions } from './symbols.js';
import {
  bitsOf,
  floatsOf,
  type Layout,
  readValues,
  type ValueCodes,
  type ValueDecoder,
  widthOf,
  writeValues,
} from './values.js';

const NO_ENCODING = 0;
const AFFINE = 1;
const CODEBOOK = 2;

export interface PackedParam {
  readonly bytes: Uint8Array;
  readonly layout: Layout;
}

/** @throws invalid_graph where the data is not what the encoding says */
export function packParam(param: Param, options: CodingOptions = {}): PackedParam {
  const { encoding, data } = param;
  const writer = new ByteWriter();
  if (!encoding) writer.byte(NO_ENCODING);
  else if (encoding.kind === 'codebook') {
    writer.byte(CODEBOOK);
    writer.byte(encoding.values.length - 1);
    writer.uint32s(bitsOf(encoding.values));
  } else {
    writer.byte(AFFINE);
    writer.byte(encoding.bits);
    writer.byte(Number(encoding.signed));
    for (const d of encoding.scaleShape) writer.varint(d);
    writeValues(writer, bitsOf(encoding.scales), undefined, options);
    writeValues(writer, bitsOf(encoding.zeroPoints), undefined, options);
  }
  const layout = writeValues(writer, bitsOf(data), exactCodes(param), options);
  return { bytes: writer.finish(), layout };
}

/** The param's codes as symbols from 0, unless they are wide or decode to −0 as 0. */
function exactCodes(param: Param): ValueCodes | undefined {
  const { encoding, data, shape } = param;
  if (!encoding || (encoding.kind === 'affine' && encoding.bits > 8)) return undefined;
  const codes = codesOf(param);
  const decoded = bitsOf(decodeCodes(codes, shape, encoding));
  const bits = bitsOf(data);
  for (let i = 0; i < bits.length; i++) if (decoded[i] !== bits[i]) return undefined;
  const isAffine = encoding.kind === 'affine';
  const least = isAffine ? codeRange(encoding)[0] : 0;
  const symbols = new Uint8Array(codes.length);
  for (let i = 0; i < codes.length; i++) symbols[i] = codes[i]! - least;
  return { width: isAffine ? encoding.bits : widthOf(encoding.values.length), symbols };
}

/** Whether the data are what the encoding allows is left to `validate`. @param name for messages. @throws model_corrupt */
export function unpackParam(
  bytes: Uint8Array,
  shape: readonly number[],
  trainable: boolean,
  name: string,
): Param {
  const reader = new ByteReader(bytes, name);
  const size = shape.reduce((product, d) => product * d, 1);
  const kind = reader.byte(CODEBOOK);
  const finish = (decoder?: ValueDecoder): Float32Array => {
    const data = floatsOf(readValues(reader, size, decoder));
    reader.end();
    return data;
  };
  if (kind === NO_ENCODING) return { shape, data: finish(), trainable };
  if (kind === CODEBOOK) {
    const values = floatsOf(reader.uint32s(reader.byte() + 1));
    if (!values.every((v, i) => Number.isFinite(v) && (i === 0 || v > values[i - 1]!)))
      throw reader.corrupt('has a codebook whose values do not ascend');
    const encoding = { kind: 'codebook', values } as const;
    const data = finish({
      width: widthOf(values.length),
      decode: (symbols) => {
        if (symbols.some((symbol) => symbol >= values.length))
          throw reader.corrupt('has codes beyond its codebook');
        return bitsOf(decodeCodes(symbols, shape, encoding));
      },
    });
    return { shape, data, trainable, encoding };
  }
  const encoding = readAffine(reader, shape);
  const [least] = codeRange(encoding);
  const data = finish(
    encoding.bits > 8
      ? undefined
      : {
          width: encoding.bits,
          decode: (symbols) => {
            const codes = new Int32Array(symbols.length);
            for (let i = 0; i < codes.length; i++) codes[i] = symbols[i]! + least;
            return bitsOf(decodeCodes(codes, shape, encoding));
          },
        },
  );
  return { shape, data, trainable, encoding };
}

function readAffine(reader: ByteReader, shape: readonly number[]): AffineEncoding {
  const bits = reader.byte(32);
  if (bits < 1) throw reader.corrupt('has codes of 0 bits');
  const signed = reader.byte(1) === 1;
  const scaleShape = shape.map((d) => reader.varint(d, 1));
  const count = scaleShape.reduce((product, d) => product * d, 1);
  const scales = floatsOf(readValues(reader, count));
  if (!scales.every(Number.isFinite)) throw reader.corrupt('has scales that are not finite');
  const zeroPoints = new Int32Array(readValues(reader, count).buffer as ArrayBuffer);
  return { kind: 'affine', bits, signed, scaleShape, scales, zeroPoints };
}
