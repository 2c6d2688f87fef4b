/** The slider between the original (left) and the result (right): pointer, keyboard, and words for those who don't see it. */
const STEP = 2;
const LEAP = 10;

export interface Compare {
  /** Percent of the width that shows the original. */
  set(percent: number): void;
  /** What the right side shows. */
  name(result: string): void;
}

/** @param frame holds both pictures and takes the pointer; @param handle has the role of a slider */
export function compareSlider(frame: HTMLElement, handle: HTMLElement): Compare {
  let percent = 50;
  let result = 'result';
  const set = (wanted: number) => {
    percent = Math.min(100, Math.max(0, wanted));
    frame.style.setProperty('--split', `${percent}%`);
    const shown = Math.round(percent);
    handle.setAttribute('aria-valuenow', String(shown));
    handle.setAttribute('aria-valuetext', `${shown} % original, ${100 - shown} % ${result}`);
  };
  const toPointer = (event: PointerEvent) => {
    const { left, width } = frame.getBoundingClientRect();
    set((100 * (event.clientX - left)) / width);
  };

  frame.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !('compare' in frame.dataset)) return;
    // A finger that moves up or down scrolls; the browser then cancels the pointer.
    frame.setPointerCapture(event.pointerId);
    if (event.pointerType === 'mouse' || event.target === handle) toPointer(event);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  });
  frame.addEventListener('pointermove', (event) => {
    if (frame.hasPointerCapture(event.pointerId)) toPointer(event);
  });
  handle.addEventListener('keydown', (event) => {
    const target = keyTarget(event.key, percent);
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    set(target);
    event.preventDefault();
  });
  set(percent);
  return {
    set,
    name(text) {
      result = text.toLowerCase();
      set(percent);
    },
  };
}

function keyTarget(key: string, at: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return at - STEP;
    case 'ArrowRight':
    case 'ArrowUp':
      return at + STEP;
    case 'PageDown':
      return at - LEAP;
    case 'PageUp':
      return at + LEAP;
    case 'Home':
      return 0;
    case 'End':
      return 100;
    default:
      return undefined;
  }
}
