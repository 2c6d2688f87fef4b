/** What the controls of the panel say. */
import type { Threshold } from '../../../saliency/threshold.js';
import { chosen, inputOf } from './dom.js';
import type { View, ViewOptions } from './views.js';

export interface Settings extends ViewOptions {
  readonly view: View;
  readonly threshold: Threshold;
  /** Of the refinement, in [0, 1]; 0 without it. */
  readonly strength: number;
  readonly isRefined: boolean;
  readonly boxes: boolean;
}

export function readSettings(): Settings {
  const background = chosen('background');
  const isRefined = chosen('refine') === 'crf';
  return {
    view: chosen('view') as View,
    threshold: inputOf('threshold-auto').checked ? 'auto' : Number(inputOf('threshold').value),
    isRefined,
    strength: isRefined ? Number(inputOf('strength').value) / 100 : 0,
    background: background === 'colour' ? inputOf('colour').value : background,
    ratio: chosen('ratio'),
    margin: Number(inputOf('margin').value) / 100,
    boxes: inputOf('boxes').checked,
  };
}

/** Controls that follow others: a slider that is moved means what it says. */
export function linkControls(changed: () => void): void {
  const panel = document.querySelectorAll<HTMLElement>('#panel, #view-bar');
  for (const group of panel)
    group.addEventListener('input', ({ target }) => {
      if (target === inputOf('threshold')) inputOf('threshold-auto').checked = false;
      if (target === inputOf('colour'))
        document.querySelector<HTMLInputElement>('input[name="background"][value="colour"]')!.checked = true;
      changed();
    });
}
