/** `part / whole` in percent, rounded to two decimals, exact ties to the even digit; an empty whole counts as 1. */
export function percent(part: number, whole: number): number {
  return roundHalfEven((100 * part) / Math.max(1, whole));
}

/** Rounds the exact value of a non-negative double to two decimals. */
export function roundHalfEven(value: number): number {
  // Only odd eighths lie exactly between two hundredths; there toFixed rounds up.
  const eighths = value * 8;
  if (Number.isInteger(eighths) && eighths % 2 === 1) {
    const below = Math.floor(value * 100);
    return (below % 2 === 0 ? below : below + 1) / 100;
  }
  return Number(value.toFixed(2));
}
