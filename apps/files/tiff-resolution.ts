/** How a TIFF's pages are dense across and down: faxes have twice as many dots a row as rows. */

/** Dots for the same length, in whatever unit. */
export interface Resolution {
  readonly x: number;
  readonly y: number;
}

const X_RESOLUTION = 282;
const Y_RESOLUTION = 283;
const RATIONAL = 5;

/**
 * Reads the tags XResolution and YResolution of one page (TIFF 6.0, section 8; BigTIFF alike).
 * @param page counted from 0
 * @returns undefined where the file does not say, or is damaged: whoever decodes it tells that.
 */
export function tiffResolution(bytes: Buffer, page: number): Resolution | undefined {
  try {
    const file = new TiffReader(bytes);
    const tags = file.rationals(page, [X_RESOLUTION, Y_RESOLUTION]);
    const [x, y] = [tags.get(X_RESOLUTION), tags.get(Y_RESOLUTION)];
    return isLength(x) && isLength(y) ? { x, y } : undefined;
  } catch (error) {
    // Beyond the end of the file.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const isLength = (value: number | undefined): value is number =>
  value !== undefined && value > 0 && value < Number.POSITIVE_INFINITY;

class TiffReader {
  readonly #bytes: Buffer;
  readonly #isLittle: boolean;
  /** Of 64-bit offsets. */
  readonly #isBig: boolean;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#isLittle = bytes.readUInt8(0) === 0x49;
    this.#isBig = this.#short(2) === 43;
  }

  /** The values of those of a page's tags that are one fraction. @throws RangeError beyond the file's end */
  rationals(page: number, wanted: readonly number[]): Map<number, number> {
    const found = new Map<number, number>();
    const { at, count } = this.#directory(page);
    for (let entry = at; entry < at + count * this.#entryBytes; entry += this.#entryBytes) {
      const tag = this.#short(entry);
      if (!wanted.includes(tag) || this.#short(entry + 2) !== RATIONAL) continue;
      // Of eight bytes: BigTIFF holds it in the entry itself.
      const value = this.#isBig ? entry + 12 : this.#long(entry + 8);
      found.set(tag, this.#long(value) / this.#long(value + 4));
    }
    return found;
  }

  /** Where a page's entries begin, and how many they are. */
  #directory(page: number): { at: number; count: number } {
    const header = this.#isBig ? 8 : 2;
    let start = this.#offset(this.#isBig ? 8 : 4);
    for (let p = 0; ; p++) {
      const count = this.#isBig ? this.#offset(start) : this.#short(start);
      const at = start + header;
      if (p === page) return { at, count };
      start = this.#offset(at + count * this.#entryBytes);
      if (start === 0) throw new RangeError('no such page');
    }
  }

  get #entryBytes(): number {
    return this.#isBig ? 20 : 12;
  }

  #short(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  #long(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  #offset(at: number): number {
    if (!this.#isBig) return this.#long(at);
    return Number(this.#isLittle ? this.#bytes.readBigUInt64LE(at) : this.#bytes.readBigUInt64BE(at));
  }
}
