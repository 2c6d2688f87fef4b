/** Lines over the picture: the parts that were found, and the frame of a crop. */
import type { Box } from '../../../../models/base/image.js';

const SVG = 'http://www.w3.org/2000/svg';

/** @param size of the pixels in which the boxes are given */
export function drawOverlay(
  svg: SVGSVGElement,
  size: { readonly width: number; readonly height: number },
  boxes: readonly Box[],
  crop?: Box,
): void {
  svg.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  const lines: SVGElement[] = [];
  if (crop) {
    lines.push(path('dim', `M0 0H${size.width}V${size.height}H0Z${outline(crop)}`));
    lines.push(path('over', outline(crop)));
  }
  // Dark under light: seen on any picture.
  for (const box of boxes) lines.push(path('under', corners(box)), path('over', corners(box)));
  svg.replaceChildren(...lines);
}

function path(kind: string, d: string): SVGElement {
  const element = document.createElementNS(SVG, 'path');
  element.setAttribute('class', kind);
  element.setAttribute('d', d);
  return element;
}

const outline = ({ x, y, width, height }: Box) => `M${x} ${y}h${width}v${height}h${-width}z`;

/** A box as a viewfinder marks it: its corners. Small ones are drawn whole. */
function corners(box: Box): string {
  const { x, y, width, height } = box;
  const length = Math.max(width, height) * 0.14;
  if (Math.min(width, height) < 2.5 * length) return outline(box);
  const right = x + width;
  const bottom = y + height;
  return [
    `M${x} ${y + length}V${y}H${x + length}`,
    `M${right - length} ${y}H${right}V${y + length}`,
    `M${right} ${bottom - length}V${bottom}H${right - length}`,
    `M${x + length} ${bottom}H${x}V${bottom - length}`,
  ].join('');
}
