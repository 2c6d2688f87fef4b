/** The Unicode code points of a text: the unit in which edit distances are counted. */
export function codePoints(text: string): Int32Array {
  const out = new Int32Array(text.length);
  let n = 0;
  for (const character of text) out[n++] = character.codePointAt(0) as number;
  return out.subarray(0, n);
}

/** Least number of insertions, deletions and substitutions of code points that turn `a` into `b`. */
export function levenshtein(a: string, b: string): number {
  return a === b ? 0 : editDistance(codePoints(a), codePoints(b));
}

/** Edit distance of two lists of words. */
export function wordDistance(a: readonly string[], b: readonly string[]): number {
  const ids = new Map<string, number>();
  const idOf = (word: string) => {
    let id = ids.get(word);
    if (id === undefined) {
      id = ids.size;
      ids.set(word, id);
    }
    return id;
  };
  return editDistance(Int32Array.from(a, idOf), Int32Array.from(b, idOf));
}

/**
 * Edit distance of two sequences of symbols, 32 rows of the table at a time: the bit-vector method of Myers (1999) in
 * the block form of Hyyrö (2003).
 */
export function editDistance(first: Int32Array, second: Int32Array): number {
  let start = 0;
  let endA = first.length;
  let endB = second.length;
  while (start < endA && start < endB && first[start] === second[start]) start++;
  while (endA > start && endB > start && first[endA - 1] === second[endB - 1]) {
    endA--;
    endB--;
  }
  const pattern = first.subarray(start, endA);
  const text = second.subarray(start, endB);
  if (pattern.length === 0 || text.length === 0) return pattern.length + text.length;
  return blocks(pattern, text);
}

function blocks(pattern: Int32Array, text: Int32Array): number {
  const count = Math.ceil(pattern.length / 32);
  // For each symbol, the rows of the pattern in which it stands, as bits.
  const rows = new Map<number, Int32Array>();
  for (let i = 0; i < pattern.length; i++) {
    const symbol = pattern[i] as number;
    let bits = rows.get(symbol);
    if (!bits) {
      bits = new Int32Array(count);
      rows.set(symbol, bits);
    }
    bits[i >>> 5]! |= 1 << (i & 31);
  }
  const none = new Int32Array(count);
  // Vertical differences +1 and -1 of the current column.
  const plus = new Int32Array(count).fill(-1);
  const minus = new Int32Array(count);
  const lastBit = 1 << ((pattern.length - 1) & 31);
  let distance = pattern.length;
  for (let j = 0; j < text.length; j++) {
    const matches = rows.get(text[j] as number) ?? none;
    // Horizontal differences that enter a block from above; the table's top row grows by one a column.
    let plusIn = 1;
    let minusIn = 0;
    for (let k = 0; k < count; k++) {
      const vp = plus[k] as number;
      const vn = minus[k] as number;
      const match = matches[k] as number;
      const xv = match | vn;
      const eq = match | minusIn;
      const xh = ((((eq & vp) + vp) | 0) ^ vp) | eq;
      let hp = vn | ~(xh | vp);
      let hn = vp & xh;
      if (k === count - 1) {
        if (hp & lastBit) distance++;
        else if (hn & lastBit) distance--;
      }
      const plusOut = hp >>> 31;
      const minusOut = hn >>> 31;
      hp = (hp << 1) | plusIn;
      hn = (hn << 1) | minusIn;
      plus[k] = hn | ~(xv | hp);
      minus[k] = hp & xv;
      plusIn = plusOut;
      minusIn = minusOut;
    }
  }
  return distance;
}
