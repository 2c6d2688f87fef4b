/** What went wrong, in words and with a way on. */
import { buttonOf, partOf } from '../../../service/page/client/dom.js';

export interface Notice {
  readonly title: string;
  readonly detail: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

let act: (() => void) | undefined;

export function hideNotice(): void {
  act = undefined;
  partOf('notice').hidden = true;
}

export function showNotice({ title, detail, action }: Notice): void {
  partOf('notice-title').textContent = title;
  partOf('notice-detail').textContent = detail;
  const button = buttonOf('notice-act');
  button.hidden = !action;
  button.textContent = action?.label ?? '';
  act = action?.run;
  partOf('notice').hidden = false;
}

export function listenToNotice(): void {
  buttonOf('notice-close').addEventListener('click', hideNotice);
  buttonOf('notice-act').addEventListener('click', () => act?.());
}
