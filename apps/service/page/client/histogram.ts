/** How many pixels have which probability, over the threshold's slider; what counts as subject is in the accent's colour. */
const BARS = 64;

export function drawHistogram(
  canvas: HTMLCanvasElement,
  counts: Float64Array | undefined,
  threshold: number,
): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  if (!counts) return;
  const bars = new Float64Array(BARS);
  counts.forEach((count, value) => {
    bars[Math.floor((value * BARS) / 256)]! += count;
  });
  // Most pixels are surely ground or surely subject: only a logarithm leaves the ones between visible.
  const top = Math.log1p(Math.max(...bars));
  const style = getComputedStyle(canvas);
  // Custom properties come as they are written; those of the browser come computed.
  const accent = style.outlineColor;
  const step = width / BARS;
  bars.forEach((count, bar) => {
    const tall = top === 0 ? 0 : (Math.log1p(count) / top) * (height - 2);
    context.fillStyle = (bar + 0.5) / BARS >= threshold ? accent : style.color;
    context.fillRect(bar * step, height - tall, step - 2, tall);
  });
}
