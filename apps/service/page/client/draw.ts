/** Shows what the settings ask for of a map: the result, lines over it, and figures. */
import type { Subject } from '../../../saliency/subject.js';
import type { Compare } from './compare.js';
import { announce, buttonOf, canvasOf, element, inputOf, partOf } from './dom.js';
import { drawHistogram } from './histogram.js';
import { type MixedMap, subjectOf } from './maps.js';
import type { OpenPicture } from './open-picture.js';
import { drawOverlay } from './overlay.js';
import type { Settings } from './settings.js';
import { cropOf, renderView, scaled, show, VIEW_NAMES } from './views.js';

export interface Result {
  readonly picture: OpenPicture;
  readonly map: MixedMap;
  /** Milliseconds from sending to seeing. */
  readonly took: number;
}

export function drawResult({ picture, map, took }: Result, settings: Settings, compare: Compare): void {
  const { view } = settings;
  const { preview } = picture;
  const frame = partOf('frame');
  const threshold = settings.threshold === 'auto' ? map.auto : settings.threshold;
  const subject = subjectOf(map.preview, preview.width, preview.height, threshold);
  frame.dataset.view = view;
  if (view === 'original' || view === 'crop') delete frame.dataset.compare;
  else {
    show(canvasOf('after'), renderView(view, preview, subject, settings));
    canvasOf('after').setAttribute('aria-label', VIEW_NAMES[view]);
    frame.dataset.compare = '';
    compare.name(VIEW_NAMES[view]);
  }
  const crop = view === 'crop' ? cropOf(subject, settings) : undefined;
  drawOverlay(element('overlay', SVGSVGElement), preview, settings.boxes ? subject.boxes : [], crop?.box);
  if (crop) {
    show(canvasOf('crop-preview'), renderView('crop', preview, subject, settings));
    const scale = picture.width / preview.width;
    const { width, height } = scaled(crop.box, scale);
    const about = scale > 1 ? 'about ' : '';
    const lost = crop.keepsSubject ? '' : ', too narrow or too low for the whole subject';
    partOf('crop-size').textContent = `${about}${width} × ${height} pixels${lost}`;
  }
  drawHistogram(canvasOf('histogram'), map.histogram, threshold);
  drawFacts(picture, subject, took);
}

/** The controls say what they mean, also while there is no map yet. */
export function drawControls(
  { view, threshold, strength, margin, isRefined }: Settings,
  map: MixedMap | undefined,
): void {
  const value = threshold === 'auto' ? (map?.auto ?? 0.5) : threshold;
  if (threshold === 'auto') inputOf('threshold').value = value.toFixed(2);
  partOf('threshold-value').textContent = value.toFixed(2);
  inputOf('strength').disabled = !isRefined;
  partOf('strength-value').textContent = isRefined ? `${Math.round(100 * strength)} %` : 'off';
  partOf('margin-value').textContent = `${Math.round(100 * margin)} %`;
  partOf('g-crop').hidden = view !== 'crop';
  partOf('g-cutout').hidden = view !== 'cutout';
  for (const button of document.querySelectorAll<HTMLElement>('[data-save]'))
    if (button.dataset.save === view) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  buttonOf('copy').lastChild!.textContent = 'Copy';
  buttonOf('copy').setAttribute('aria-label', `Copy ${VIEW_NAMES[view].toLowerCase()}`);
}

function drawFacts({ width, height, note }: OpenPicture, { boxes, stats }: Subject, took: number): void {
  const share = `${(100 * stats.coverage).toFixed(stats.coverage < 0.1 ? 1 : 0)} %`;
  partOf('fact-size').textContent = `${width} × ${height}`;
  partOf('fact-cover').textContent = `${share} of it`;
  partOf('fact-parts').textContent = String(boxes.length);
  partOf('fact-time').textContent = `${(took / 1000).toFixed(took < 1000 ? 2 : 1)} s`;
  const isEmpty = boxes.length === 0;
  const hint = isEmpty ? 'Nothing stands out at this threshold. Lower it to see what comes closest.' : note;
  partOf('hint').textContent = hint ?? '';
  partOf('hint').hidden = !hint;
  const parts = boxes.length === 1 ? '1 part' : `${boxes.length} parts`;
  announce(isEmpty ? (hint ?? '') : `The subject covers ${share} of the picture, ${parts}.`);
}
