/// <reference lib="dom" />
/** One picture at a time: what is asked of the worker about it, and all that is drawn. */
import { type Compare, compareSlider } from '../../../service/page/client/compare.js';
import {
  announce,
  buttonOf,
  canvasOf,
  chosen,
  inputOf,
  partOf,
  scratch,
} from '../../../service/page/client/dom.js';
import type { Result, SubjectResult, Task, TextResult } from '../protocol.js';
import { EngineFailure } from './engine.js';
import type { EngineHost } from './engine-host.js';
import { drawTimes, milliseconds } from './figures.js';
import { hideNotice, showNotice } from './notice.js';
import { NoPicture, type OpenPicture, openPicture } from './open-picture.js';
import { copyText, download, toPng } from './save.js';
import { coverage, drawSubject, LOOK_NAMES, type Look, subjectLayer } from './subject-layer.js';
import { clearTextLines, drawTextLines } from './text-lines.js';

type State = 'start' | 'busy' | 'ready' | 'failed';

/** Shown pictures need no more pixels than screens have. */
const PREVIEW_PIXELS = 2_000_000;

interface Job {
  readonly number: number;
  readonly picture: OpenPicture;
  readonly results: Map<string, { readonly result: Result; readonly took: number }>;
}

export class Workbench {
  readonly #host: EngineHost;
  readonly #compare: Compare = compareSlider(partOf('frame'), partOf('compare'));
  #job: Job | undefined;
  #count = 0;
  /** Of the runs, the last one alone shows what it found. */
  #turn = 0;

  constructor(host: EngineHost) {
    this.#host = host;
  }

  /** Shows this file and looks for what is chosen; what is no image changes nothing. */
  async open(file: Blob, name: string): Promise<void> {
    const number = ++this.#count;
    let picture: OpenPicture;
    try {
      picture = await openPicture(file, name);
    } catch (error) {
      if (number === this.#count) showNotice(unreadable(error, name));
      return;
    }
    if (number !== this.#count) return picture.bitmap.close();
    this.#turn++;
    this.#job?.picture.bitmap.close();
    this.#job = { number, picture, results: new Map() };
    this.#showPicture(picture);
    await this.run();
  }

  close(): void {
    this.#count++;
    this.#turn++;
    this.#job?.picture.bitmap.close();
    this.#job = undefined;
    hideNotice();
    this.#enter('start');
    buttonOf('pick').focus();
  }

  /** Finds and shows what is chosen, unless it was found before. @param anew forget what was found */
  async run(anew = false): Promise<void> {
    const job = this.#job;
    if (!job) return;
    if (anew) job.results.clear();
    const task = chosen('task') as Task;
    const segments = inputOf('segments').checked;
    const key = this.#key();
    const turn = ++this.#turn;
    this.#showTask(task);
    hideNotice();
    try {
      if (!job.results.has(key)) {
        this.#enter('busy');
        partOf('busy-text').textContent = task === 'text' ? 'Reading…' : 'Looking…';
        const started = performance.now();
        const result = await this.#host.run(job.number, job.picture.bitmap, task, segments);
        job.results.set(key, { result, took: performance.now() - started + job.picture.decode });
      }
      if (turn === this.#turn) this.#show(job, key);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  draw(): void {
    const found = this.#found('subject');
    if (found && this.#job && partOf('main').dataset.state === 'ready')
      this.#drawSubject(this.#job, found.result as SubjectResult);
  }

  async copyText(): Promise<void> {
    const found = this.#found('text');
    if (!found) return;
    const label = buttonOf('copy').lastChild!;
    try {
      await copyText((found.result as TextResult).text);
      label.textContent = 'Copied';
      announce('Text copied');
    } catch {
      label.textContent = 'Not allowed here';
      announce('The browser did not allow copying');
    }
    setTimeout(() => {
      label.textContent = 'Copy';
    }, 1600);
  }

  saveText(): void {
    const found = this.#found('text');
    if (!found || !this.#job) return;
    const blob = new Blob([`${(found.result as TextResult).text}\n`], { type: 'text/plain' });
    announce(`Saved ${download(blob, `${this.#job.picture.stem}.txt`)}`);
  }

  /** The subject as it is shown, in every pixel of the picture. */
  async saveLook(): Promise<void> {
    const found = this.#found('subject');
    if (!found || !this.#job) return;
    const { bitmap, width, height, stem } = this.#job.picture;
    const look = chosen('look') as Look;
    const canvas = scratch(width, height);
    drawSubject(canvas, bitmap, subjectLayer(found.result as SubjectResult, look), look);
    announce(`Saved ${download(await toPng(canvas), `${stem}-${look}.png`)}`);
  }

  #key(): string {
    const task = chosen('task') as Task;
    return `${task} ${task === 'subject' && inputOf('segments').checked}`;
  }

  #found(task: Task) {
    return chosen('task') === task ? this.#job?.results.get(this.#key()) : undefined;
  }

  #showPicture({ bitmap, width, height }: OpenPicture): void {
    partOf('frame').style.setProperty('--ratio', String(width / height));
    const scale = Math.min(1, Math.sqrt(PREVIEW_PIXELS / (width * height)));
    for (const id of ['before', 'after']) {
      const canvas = canvasOf(id);
      canvas.width = Math.max(1, Math.round(width * scale));
      canvas.height = Math.max(1, Math.round(height * scale));
    }
    const before = canvasOf('before');
    before.getContext('2d')?.drawImage(bitmap, 0, 0, before.width, before.height);
    clearTextLines();
    const wasAtStart = !partOf('start').hidden;
    this.#enter('busy');
    this.#compare.set(50);
    if (!wasAtStart) return;
    partOf('main').focus({ preventScroll: true });
    // On a phone the samples lie below the fold.
    window.scrollTo(0, 0);
  }

  #showTask(task: Task): void {
    const frame = partOf('frame');
    frame.dataset.view = task;
    delete frame.dataset.compare;
    partOf('looks').hidden = task !== 'subject';
    partOf('g-text').hidden = task !== 'text';
    partOf('g-subject').hidden = task !== 'subject';
    if (task === 'subject') clearTextLines();
    partOf('work').toggleAttribute('data-stale', true);
  }

  #show(job: Job, key: string): void {
    const { result, took } = job.results.get(key)!;
    this.#enter('ready');
    partOf('work').removeAttribute('data-stale');
    const { width, height, decode, note } = job.picture;
    partOf('fact-size').textContent = `${width} × ${height}`;
    partOf('fact-time').textContent = milliseconds(took);
    const hint = result.task === 'text' ? this.#drawText(job, result) : this.#drawSubject(job, result);
    drawTimes([['Decode', decode], ...result.timings]);
    partOf('hint').textContent = hint || note || '';
    partOf('hint').hidden = !(hint || note);
  }

  /** @returns what else is to be said */
  #drawText({ picture }: Job, result: TextResult): string | undefined {
    drawTextLines(result, picture);
    const count = result.lines.length;
    partOf('fact-what').textContent = 'Lines';
    partOf('fact-found').textContent = String(count);
    for (const id of ['copy', 'save-text']) buttonOf(id).disabled = count === 0;
    announce(count === 0 ? 'No text was found.' : `${count === 1 ? '1 line' : `${count} lines`} of text.`);
    return count === 0 ? 'No text was found in this picture.' : undefined;
  }

  #drawSubject({ picture }: Job, result: SubjectResult): string | undefined {
    const look = chosen('look') as Look;
    drawSubject(canvasOf('after'), picture.bitmap, subjectLayer(result, look), look);
    canvasOf('after').setAttribute('aria-label', LOOK_NAMES[look]);
    const frame = partOf('frame');
    frame.dataset.view = look;
    frame.dataset.compare = '';
    this.#compare.name(LOOK_NAMES[look]);
    const share = coverage(result);
    const percent = `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
    partOf('fact-what').textContent = 'Subject';
    partOf('fact-found').textContent = `${percent} of it`;
    partOf('subject-what').textContent =
      `Pixels that are ${Math.round(100 * result.threshold)} % sure to stand out count as subject.`;
    announce(share === 0 ? 'Nothing stands out.' : `The subject covers ${percent} of the picture.`);
    return share === 0 ? 'Nothing stands out in this picture.' : undefined;
  }

  #fail(error: unknown): void {
    this.#enter('failed');
    const detail = error instanceof EngineFailure ? error.message : 'The result could not be shown.';
    showNotice({
      title: navigator.onLine ? 'That did not work' : 'You are offline',
      detail,
      action: { label: 'Try again', run: () => void this.run() },
    });
  }

  #enter(state: State): void {
    partOf('main').dataset.state = state;
    partOf('start').hidden = state !== 'start';
    partOf('work').hidden = state === 'start';
    buttonOf('another').hidden = state === 'start';
    partOf('busy').hidden = state !== 'busy';
    partOf('facts').hidden = state !== 'ready';
    for (const id of ['copy', 'save-text', 'save-look']) buttonOf(id).disabled = state !== 'ready';
    if (state === 'busy') announce('Working on the picture');
    if (state !== 'ready') partOf('hint').hidden = true;
  }
}

function unreadable(error: unknown, name: string) {
  if (!(error instanceof NoPicture))
    return { title: 'This page failed', detail: 'The image could not be opened. Try another one.' };
  return {
    title: 'That is no image this browser can show',
    detail: `“${name}” could not be opened. Try a JPEG, PNG, WebP, AVIF, GIF or BMP.`,
  };
}
