/** A dense symmetric eigen-solver to compare with: cyclic Jacobi rotations until nothing is left beside the diagonal. */
export function jacobiEigen(matrix: Float64Array): { values: number[]; vectors: Float64Array[] } {
  const n = Math.sqrt(matrix.length);
  const a = Float64Array.from(matrix);
  const vectors = Array.from({ length: n }, (_, i) => new Float64Array(n).fill(0).fill(1, i, i + 1));
  for (let sweep = 0; sweep < 30; sweep++) {
    let beside = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const element = a[p * n + q]!;
        beside += element * element;
        if (Math.abs(element) < 1e-15) continue;
        const angle = 0.5 * Math.atan2(2 * element, a[q * n + q]! - a[p * n + p]!);
        const c = Math.cos(angle);
        const s = Math.sin(angle);
        for (let k = 0; k < n; k++) rotate(a, k * n + p, k * n + q, c, s);
        for (let k = 0; k < n; k++) rotate(a, p * n + k, q * n + k, c, s);
        const first = vectors[p]!;
        const second = vectors[q]!;
        for (let k = 0; k < n; k++) {
          const value = first[k]!;
          first[k] = c * value - s * second[k]!;
          second[k] = s * value + c * second[k]!;
        }
      }
    }
    if (beside < 1e-22) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j]! - a[i * n + i]!);
  return { values: order.map((i) => a[i * n + i]!), vectors: order.map((i) => vectors[i]!) };
}

function rotate(a: Float64Array, i: number, j: number, c: number, s: number): void {
  const value = a[i]!;
  a[i] = c * value - s * a[j]!;
  a[j] = s * value + c * a[j]!;
}
