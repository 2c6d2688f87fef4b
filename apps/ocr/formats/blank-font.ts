/**
 * A TrueType font whose every glyph is blank: what an invisible text layer needs. The words are seen in the picture; the
 * font only gives them width and lets a reader select, search and copy them. Built from the tables that PDF asks of an
 * embedded TrueType font (ISO 32000-1, 9.9).
 */

/** Units of the em square, and the advance width of every glyph in them. */
export const UNITS_PER_EM = 1000;
export const ADVANCE = 500;
/** Extent above and below the baseline, in units. */
export const ASCENT = 800;
export const DESCENT = -200;

/** The font file: glyph 0 (.notdef) and glyph 1, both blank. */
export function blankFont(): Uint8Array {
  const glyph = [0, 0, 0, 0, 0, 0]; // no contours, an empty box, no instructions
  const tables: Record<string, Buffer> = {
    glyf: words(...glyph, ...glyph),
    head: Buffer.concat([
      words(1, 0, 1, 0, 0, 0, 0x5f0f, 0x3cf5, 0x000b, UNITS_PER_EM),
      Buffer.alloc(16), // created and modified
      words(0, DESCENT, ADVANCE, ASCENT, 0, 8, 2, 0, 0),
    ]),
    hhea: words(1, 0, ASCENT, DESCENT, 0, ADVANCE, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2),
    hmtx: words(ADVANCE, 0, ADVANCE, 0),
    loca: words(0, 6, 12),
    maxp: words(1, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0),
  };
  const names = Object.keys(tables).sort();
  const power = 2 ** Math.floor(Math.log2(names.length));
  const header = words(1, 0, names.length, power * 16, Math.log2(power), (names.length - power) * 16);
  const records: Buffer[] = [];
  const bodies: Buffer[] = [];
  let offset = header.length + 16 * names.length;
  for (const name of names) {
    const body = tables[name]!;
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    const record = Buffer.alloc(16);
    record.write(name, 'latin1');
    record.writeUInt32BE(checksum(padded), 4);
    record.writeUInt32BE(offset, 8);
    record.writeUInt32BE(body.length, 12);
    records.push(record);
    bodies.push(padded);
    offset += padded.length;
  }
  const file = Buffer.concat([header, ...records, ...bodies]);
  const adjustment = file.indexOf(tables.head!) + 8;
  file.writeUInt32BE((0xb1b0afba - checksum(file)) >>> 0, adjustment);
  return file;
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value & 0xffff, index * 2);
  return bytes;
}

function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4) sum = (sum + bytes.readUInt32BE(at)) >>> 0;
  return sum;
}
