/** What went wrong, in words and with a way on. */
import { buttonOf, partOf } from './dom.js';
import { NoPicture } from './open-picture.js';
import { ServiceFailure } from './request-map.js';

export interface Notice {
  readonly title: string;
  readonly detail: string;
  /** The service's stable code. */
  readonly code?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
  /** Runs the action by itself after so many seconds, counting them down on the button. */
  readonly countdown?: number;
}

let timer: ReturnType<typeof setInterval> | undefined;
let act: (() => void) | undefined;

export function hideNotice(): void {
  clearInterval(timer);
  act = undefined;
  partOf('notice').hidden = true;
}

export function showNotice({ title, detail, code, action, countdown }: Notice): void {
  hideNotice();
  partOf('notice-title').textContent = title;
  partOf('notice-detail').textContent = detail;
  partOf('notice-code').textContent = code ? `Code: ${code}` : '';
  const button = buttonOf('notice-act');
  button.hidden = !action;
  button.textContent = action?.label ?? '';
  button.removeAttribute('aria-label');
  act = action?.run;
  partOf('notice').hidden = false;
  if (!action || countdown === undefined) return;
  let left = Math.max(1, countdown);
  const tick = () => {
    // The number is not spoken every second: a label stays as it is.
    button.textContent = `${action.label} (${left} s)`;
    button.setAttribute('aria-label', action.label);
    if (left-- <= 0) action.run();
  };
  tick();
  timer = setInterval(tick, 1000);
}

export function listenToNotice(): void {
  buttonOf('notice-close').addEventListener('click', hideNotice);
  buttonOf('notice-act').addEventListener('click', () => act?.());
}

export interface WaysOn {
  readonly retry: () => void;
  readonly sendSmaller: () => void;
  /** How often the service has refused this picture in a row. */
  readonly refusals: number;
}

const AUTOMATIC_RETRIES = 5;
/** Where the service is busy but names no time. */
const PATIENCE_SECONDS = 5;

export function noticeOf(error: unknown, { retry, sendSmaller, refusals }: WaysOn): Notice {
  const again = { label: 'Try again', run: retry };
  if (!(error instanceof ServiceFailure))
    return {
      title: 'This page failed',
      detail: 'The answer could not be shown. Try again, or another image.',
      action: again,
    };
  const { status, problem, retryAfter } = error;
  const code = problem.code === undefined ? {} : { code: problem.code };
  const detail = [problem.detail, problem.remedy].filter(Boolean).join(' ');
  if (status === 0)
    return navigator.onLine
      ? {
          title: 'The service cannot be reached',
          detail: 'It may have been stopped, or the connection was cut.',
          action: again,
        }
      : {
          title: 'You are offline',
          detail: 'The picture is sent as soon as there is a connection.',
          action: again,
        };
  if (status === 429 || status === 503) {
    const seconds = retryAfter ?? PATIENCE_SECONDS;
    return {
      ...code,
      title: problem.title ?? 'The service is busy',
      detail: detail || 'Others are before you.',
      action: again,
      ...(refusals < AUTOMATIC_RETRIES && { countdown: seconds }),
    };
  }
  if (status === 413)
    return {
      ...code,
      title: problem.title ?? 'The picture is too large',
      detail: detail || 'It is larger than this service takes.',
      action: { label: 'Send a smaller copy', run: sendSmaller },
    };
  const isTheirs = status >= 500 || status === 408;
  return {
    ...code,
    title: problem.title ?? `The service answered ${status}`,
    detail: detail || 'It gave no reason.',
    ...(isTheirs && { action: again }),
  };
}

export function unreadableNotice(error: unknown, name: string): Notice {
  if (!(error instanceof NoPicture))
    return { title: 'This page failed', detail: 'The image could not be opened. Try another one.' };
  return {
    title: 'That is no image this browser can show',
    detail: `“${name}” could not be opened. Try a JPEG, PNG, WebP, AVIF, GIF or BMP; the command and the API take TIFF too.`,
  };
}
