/** What the saliency network learns from a mask besides the mask: how much each pixel counts, and the outline. */

/** 1 + 5 |mean of the mask around − mask| (Wei et al. 2020), the window an eighth of the side. */
export function outlineWeight(mask: Float32Array, side: number, weight: Float32Array): void {
  const radius = Math.round(side / 16);
  const sums = new Float64Array((side + 1) * (side + 1));
  for (let y = 0; y < side; y++) {
    let row = 0;
    for (let x = 0; x < side; x++) {
      row += mask[y * side + x]!;
      sums[(y + 1) * (side + 1) + x + 1] = sums[y * (side + 1) + x + 1]! + row;
    }
  }
  for (let y = 0; y < side; y++) {
    const top = Math.max(0, y - radius) * (side + 1);
    const low = Math.min(side, y + radius + 1);
    const bottom = low * (side + 1);
    const rows = low - Math.max(0, y - radius);
    for (let x = 0; x < side; x++) {
      const left = Math.max(0, x - radius);
      const right = Math.min(side, x + radius + 1);
      const sum = sums[bottom + right]! - sums[bottom + left]! - sums[top + right]! + sums[top + left]!;
      const i = y * side + x;
      weight[i] = 1 + 5 * Math.abs(sum / (rows * (right - left)) - mask[i]!);
    }
  }
}

/** 1 in each 2×2 block that holds, or touches, both object and background; at the image's rim there is no outline. */
export function outline(mask: Float32Array, side: number, contour: Float32Array): void {
  const half = side / 2;
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      let inside = false;
      let outside = false;
      for (let v = Math.max(0, 2 * y - 1); v < Math.min(side, 2 * y + 3); v++) {
        for (let u = Math.max(0, 2 * x - 1); u < Math.min(side, 2 * x + 3); u++) {
          if (mask[v * side + u]! >= 0.5) inside = true;
          else outside = true;
        }
      }
      contour[y * half + x] = inside && outside ? 1 : 0;
    }
  }
}
