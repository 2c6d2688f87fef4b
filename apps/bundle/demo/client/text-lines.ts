/// <reference lib="dom" />
/** Lines of text beside the picture and over it; pointing at one marks it in both. */
import { element, partOf } from '../../../service/page/client/dom.js';
import type { TextResult } from '../protocol.js';

const SVG = 'http://www.w3.org/2000/svg';

/** @param size of the picture, in whose pixels the quads are */
export function drawTextLines(
  { lines }: TextResult,
  size: { readonly width: number; readonly height: number },
): void {
  const overlay = element('overlay', SVGSVGElement);
  overlay.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
  overlay.setAttribute('preserveAspectRatio', 'none');
  const quads = lines.map(({ quad }, index) => {
    const polygon = document.createElementNS(SVG, 'polygon');
    polygon.setAttribute('class', 'line');
    polygon.setAttribute('points', quad.map((point) => point.join()).join(' '));
    polygon.dataset.line = String(index);
    return polygon;
  });
  overlay.replaceChildren(...quads);
  const spans = lines.map(({ text, confidence }, index) => {
    const span = document.createElement('span');
    span.className = 'line';
    span.dataset.line = String(index);
    span.textContent = text;
    span.title = `${Math.round(100 * confidence)} % sure`;
    return span;
  });
  partOf('text').replaceChildren(...spans);
}

export function clearTextLines(): void {
  element('overlay', SVGSVGElement).replaceChildren();
  partOf('text').replaceChildren();
}

/** Once, at the start. */
export function linkTextLines(): void {
  const [overlay, text] = [element('overlay', SVGSVGElement), partOf('text')];
  // It scrolls, and so must be reached by keyboard.
  text.tabIndex = 0;
  const choose = (index: string | undefined, isFromPicture: boolean) => {
    for (const part of document.querySelectorAll<HTMLElement | SVGElement>('[data-line]'))
      if (part.dataset.line === index) part.setAttribute('data-chosen', '');
      else part.removeAttribute('data-chosen');
    if (!isFromPicture || index === undefined) return;
    // Only the list scrolls, not the page under the pointer.
    const line = text.querySelector<HTMLElement>(`[data-line="${index}"]`);
    if (line) text.scrollTop = line.offsetTop - text.clientHeight / 2;
  };
  const lineOf = ({ target }: Event) =>
    target instanceof Element
      ? target.closest<HTMLElement | SVGElement>('[data-line]')?.dataset.line
      : undefined;
  for (const event of ['pointerover', 'pointerdown']) {
    overlay.addEventListener(event, (happened) => choose(lineOf(happened), true));
    text.addEventListener(event, (happened) => choose(lineOf(happened), false));
  }
  for (const part of [overlay, text]) part.addEventListener('pointerleave', () => choose(undefined, false));
}
