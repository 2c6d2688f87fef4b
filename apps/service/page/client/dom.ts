/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The elements of index.html, typed. */

/** @throws where index.html and the sources disagree. */
export function element<T extends Element>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`Expected a ${type.name} with the id ${id}.`);
}

export const canvasOf = (id: string) => element(id, HTMLCanvasElement);
export const buttonOf = (id: string) => element(id, HTMLButtonElement);
export const inputOf = (id: string) => element(id, HTMLInputElement);
export const partOf = (id: string) => element(id, HTMLElement);

export function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser gave no canvas to draw on.');
  return context;
}

/** A canvas that is not shown. */
export function scratch(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** What is chosen in a group of radio buttons. */
export function chosen(name: string): string {
  return document.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)?.value ?? '';
}

/** Says it to screen readers, when they have finished speaking. */
export function announce(text: string): void {
  partOf('status').textContent = text;
}
