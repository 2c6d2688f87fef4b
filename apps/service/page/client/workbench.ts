/** One picture at a time: its requests, and everything that is drawn from its maps. */

import type { Refinement } from '../../../saliency/find-subject.js';
import { subjectJson } from '../../../saliency/render/json.js';
import { renderPicture } from '../../../saliency/render/picture.js';
import type { Pixels, Subject } from '../../../saliency/subject.js';
import { type Compare, compareSlider } from './compare.js';
import { announce, buttonOf, canvasOf, element, partOf } from './dom.js';
import { drawControls, drawResult } from './draw.js';
import { Maps, type MixedMap, subjectOf } from './maps.js';
import { hideNotice, noticeOf, showNotice, unreadableNotice } from './notice.js';
import { type OpenPicture, openPicture, pixelsOf } from './open-picture.js';
import { requestMap, ServiceFailure } from './request-map.js';
import { canCopy, copy, download, encode, type SaveFormat } from './save.js';
import { readSettings, type Settings } from './settings.js';
import { cropOf, renderView, show, VIEW_NAMES, type View } from './views.js';

const SMALLER_COPY_PIXELS = 2_000_000;

interface Job {
  readonly picture: OpenPicture;
  readonly maps: Maps;
  refusals: number;
  /** Milliseconds from sending to seeing. */
  took: number;
}

type State = 'start' | 'busy' | 'ready' | 'failed';

export class Workbench {
  #job: Job | undefined;
  /** The requests for its maps: those that are under way or still to come. */
  #running: { readonly refinements: readonly Refinement[]; readonly controller: AbortController } | undefined;
  /** The file that is being read. */
  #opening: AbortController | undefined;
  #frame: number | undefined;
  readonly #compare: Compare = compareSlider(partOf('frame'), partOf('compare'));

  constructor() {
    buttonOf('copy').hidden = !canCopy();
    window.addEventListener('online', () => {
      if (partOf('main').dataset.state === 'failed') this.#ask();
    });
  }

  /** Gives up whatever runs and starts with this file; what is no image changes nothing. */
  async open(file: Blob, name: string, mostPixels?: number): Promise<void> {
    this.#opening?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    const { signal } = opening;
    let picture: OpenPicture;
    try {
      picture = await openPicture(file, name, mostPixels);
    } catch (error) {
      if (!signal.aborted) showNotice(unreadableNotice(error, name));
      return;
    }
    if (signal.aborted) {
      picture.bitmap.close();
      return;
    }
    this.#job?.picture.bitmap.close();
    this.#job = { picture, maps: new Maps(picture), refusals: 0, took: 0 };
    this.#showPicture(picture);
    await this.#ask();
  }

  /** Back to the start. */
  close(): void {
    this.#opening?.abort();
    this.#giveUp();
    this.#job?.picture.bitmap.close();
    this.#job = undefined;
    hideNotice();
    this.#enter('start');
    buttonOf('pick').focus();
  }

  cancel(): void {
    const hasMap = this.#job?.maps.mixed(readSettings().strength) !== undefined;
    this.#giveUp();
    if (!this.#job) {
      this.#enter('start');
      return;
    }
    this.#enter(hasMap ? 'ready' : 'failed');
    showNotice({
      title: 'Given up',
      detail: 'The request was cancelled.',
      action: { label: 'Try again', run: () => this.#ask() },
    });
    if (!buttonOf('notice-act').hidden) buttonOf('notice-act').focus();
  }

  /** After any control has changed. */
  update(): void {
    if (!this.#job) return;
    const asked = this.#running?.refinements ?? [];
    const missing = this.#job.maps.missing(readSettings().strength);
    if (missing.some((refine) => !asked.includes(refine))) void this.#ask();
    this.draw();
  }

  /** Draws with the next frame of the screen, once however often it is called. */
  draw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (this.#job) this.#drawNow(this.#job);
    });
  }

  async save(what: View | 'boxes'): Promise<void> {
    const job = this.#job;
    const settings = readSettings();
    const map = job?.maps.mixed(settings.strength);
    if (!job || !map) return;
    const { stem } = job.picture;
    const name = what === 'boxes' ? await this.#saveBoxes(job, map, settings) : undefined;
    const format = element('format', HTMLSelectElement).value as SaveFormat;
    const saved =
      name ?? download(await encode(this.#full(job, map, settings, what as View), format), `${stem}-${what}`);
    announce(`Saved ${saved}`);
  }

  async copy(): Promise<void> {
    const job = this.#job;
    const settings = readSettings();
    const map = job?.maps.mixed(settings.strength);
    if (!job || !map) return;
    const button = buttonOf('copy').lastChild!;
    try {
      await copy(this.#full(job, map, settings, settings.view));
      button.textContent = 'Copied';
      announce(`${VIEW_NAMES[settings.view]} copied`);
    } catch {
      button.textContent = 'Not allowed here';
      announce('The browser did not allow copying');
    }
    setTimeout(() => this.draw(), 1600);
  }

  #giveUp(): void {
    this.#running?.controller.abort();
    this.#running = undefined;
  }

  /** Asks for the maps that the settings need and that are not here; requests before it are given up. */
  async #ask(): Promise<void> {
    const job = this.#job;
    if (!job) return;
    this.#giveUp();
    const controller = new AbortController();
    const { signal } = controller;
    const running = { refinements: job.maps.missing(readSettings().strength), controller };
    this.#running = running;
    hideNotice();
    const started = performance.now();
    try {
      for (const refine of running.refinements) {
        this.#enter('busy');
        this.#progress(0);
        const onProgress = (sent: number) => this.#progress(sent);
        const png = await requestMap(job.picture.blob, { refine, signal, onProgress });
        signal.throwIfAborted();
        await job.maps.add(refine, png);
        signal.throwIfAborted();
        job.refusals = 0;
      }
      job.took = performance.now() - started;
      this.#enter('ready');
      this.draw();
    } catch (error) {
      if (!signal.aborted) this.#fail(job, error);
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  #progress(sent: number): void {
    const bar = element('busy-bar', HTMLProgressElement);
    const text = sent < 1 ? `Sending, ${Math.round(100 * sent)} %` : 'Looking at it…';
    if (sent < 1) bar.value = sent;
    else bar.removeAttribute('value');
    partOf('busy-text').textContent = text;
  }

  #fail(job: Job, error: unknown): void {
    if (error instanceof ServiceFailure && (error.status === 429 || error.status === 503)) job.refusals++;
    this.#enter(job.maps.mixed(readSettings().strength) ? 'ready' : 'failed');
    const { picture, refusals } = job;
    showNotice(
      noticeOf(error, {
        refusals,
        retry: () => this.#ask(),
        sendSmaller: () => {
          const pixels = Math.min(SMALLER_COPY_PIXELS, (picture.width * picture.height) / 2);
          void this.open(picture.blob, `${picture.stem}.`, pixels);
        },
      }),
    );
  }

  #enter(state: State): void {
    partOf('main').dataset.state = state;
    partOf('start').hidden = state !== 'start';
    partOf('work').hidden = state === 'start';
    buttonOf('another').hidden = state === 'start';
    partOf('busy').hidden = state !== 'busy';
    partOf('facts').hidden = state !== 'ready';
    element('g-save', HTMLFieldSetElement).disabled = state !== 'ready';
    if (state === 'busy') announce('Working on the picture');
    if (state !== 'ready') partOf('hint').hidden = true;
  }

  #showPicture({ preview }: OpenPicture): void {
    const frame = partOf('frame');
    frame.style.setProperty('--ratio', String(preview.width / preview.height));
    show(canvasOf('before'), renderPicture(preview));
    element('overlay', SVGSVGElement).replaceChildren();
    delete frame.dataset.compare;
    const wasAtStart = !partOf('start').hidden;
    this.#enter('busy');
    this.#compare.set(50);
    if (!wasAtStart) return;
    partOf('main').focus({ preventScroll: true });
    // On a phone the samples lie below the fold.
    window.scrollTo(0, 0);
  }

  #drawNow({ picture, maps, took }: Job): void {
    const settings = readSettings();
    const map = maps.mixed(settings.strength);
    drawControls(settings, map);
    if (map) drawResult({ picture, map, took }, settings, this.#compare);
  }

  /** A view in every pixel of the picture. */
  #full(job: Job, map: MixedMap, settings: Settings, view: View): Pixels {
    const { bitmap, width, height } = job.picture;
    return renderView(view, pixelsOf(bitmap, width, height), this.#fullSubject(job, map, settings), settings);
  }

  #fullSubject({ picture: { width, height } }: Job, map: MixedMap, { threshold }: Settings): Subject {
    return subjectOf(map.full(), width, height, threshold === 'auto' ? map.auto : threshold);
  }

  async #saveBoxes(job: Job, map: MixedMap, settings: Settings): Promise<string> {
    const subject = this.#fullSubject(job, map, settings);
    const refine = settings.strength > 0 ? 'crf' : 'none';
    const {
      model: _,
      timings: __,
      ...numbers
    } = subjectJson(subject, { model: '', refine, crop: cropOf(subject, settings) });
    const text = JSON.stringify(numbers, null, 2);
    return download(new Blob([text], { type: 'application/json' }), `${job.picture.stem}-boxes`);
  }
}
