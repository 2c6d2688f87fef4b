/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The page: brings the ways in, the controls, the worker and the service worker together. */
import { buttonOf, element, partOf } from '../../../service/page/client/dom.js';
import { listenForPictures } from '../../../service/page/client/intake.js';
import { isolate, keepForLater } from '../offline/keep.js';
import type { EngineState, LoadedFile } from '../protocol.js';
import { type EngineChoice, EngineHost } from './engine-host.js';
import { drawLoads, ENGINE_NAMES, engineText, megabytes } from './figures.js';
import { hideNotice, listenToNotice, showNotice } from './notice.js';
import { linkTextLines } from './text-lines.js';
import { listenToViewfinder } from './viewfinder.js';
import { Workbench } from './workbench.js';

let files: LoadedFile[] = [];
let state: EngineState | undefined;
let fallback = '';
/** What is kept for later goes by the engine that will need it. */
let keptFor: string | undefined;

const host = new EngineHost({
  onStart(engine) {
    files = [];
    state = undefined;
    showReadiness(`Starting ${ENGINE_NAMES[engine]}…`, undefined);
  },
  onLoading(loaded, total) {
    if (loaded < total)
      showReadiness(`Loading the models, ${megabytes(loaded)} of ${megabytes(total)}`, loaded / total);
    else showReadiness('Starting the engine…', undefined);
  },
  onLoaded(file) {
    files.push(file);
    drawLoads(files, state);
  },
  onState(next) {
    state = next;
    drawLoads(files, state);
    partOf('engine-text').textContent = `${fallback}${engineText(state)}`;
    showReadiness('Ready.', 1);
    void keep(next);
  },
  onFallback(reason) {
    fallback = `WebGPU is not used (${reason}). `;
  },
});
const workbench = new Workbench(host);

/** @param share loaded; undefined: not known; 1: done */
function showReadiness(text: string, share: number | undefined): void {
  partOf('readiness-text').textContent = text;
  const bar = element('readiness-bar', HTMLProgressElement);
  bar.hidden = share === 1;
  if (share === undefined) bar.removeAttribute('value');
  else bar.value = share;
}

async function keep({ files: needed, engine }: EngineState): Promise<void> {
  if (keptFor === engine) return;
  keptFor = engine;
  // The first result goes before: both want the processor.
  while (partOf('main').dataset.state === 'busy') await new Promise((resolve) => setTimeout(resolve, 250));
  const text = partOf('offline-text');
  await keepForLater(needed, {
    kept: (bytes) => {
      text.textContent = `Works offline: ${megabytes(bytes)} are kept on this device.`;
      if (partOf('readiness-text').textContent === 'Ready.') showReadiness('Ready, also offline.', 1);
    },
    notKept: () => {
      text.textContent = 'Not all could be kept on this device: without a connection this page may not work.';
    },
    updated: (takeOver) => {
      const button = buttonOf('update');
      button.hidden = false;
      button.addEventListener('click', takeOver, { once: true });
    },
  });
}

const denied = (error: unknown) => error instanceof DOMException && error.name === 'NotAllowedError';

listenToNotice();
linkTextLines();
listenForPictures({
  open: (file, name) => void workbench.open(file, name),
  nothing: (how) =>
    showNotice({
      title: `No image was ${how}`,
      detail: 'Take an image file, or copy the image itself rather than its address.',
    }),
  failed: (error) =>
    showNotice({
      title: denied(error) ? 'The browser did not allow it' : 'That did not work',
      detail: denied(error)
        ? 'Allow this page to read the clipboard, or press Ctrl+V.'
        : 'Choose an image instead.',
    }),
});
listenToViewfinder({
  taken: (photo) => void workbench.open(photo, 'photo.png'),
  failed: (error) =>
    showNotice({
      title: denied(error) ? 'The browser did not allow it' : 'The camera did not start',
      detail: denied(error)
        ? 'Allow this page to use the camera, or choose an image instead.'
        : 'Choose an image instead.',
    }),
});

buttonOf('another').addEventListener('click', () => workbench.close());
buttonOf('copy').addEventListener('click', () => void workbench.copyText());
buttonOf('save-text').addEventListener('click', () => workbench.saveText());
buttonOf('save-look').addEventListener('click', () => {
  workbench.saveLook().catch(() =>
    showNotice({
      title: 'It could not be saved',
      detail: 'This browser could not write the PNG. Try a smaller picture.',
    }),
  );
});
for (const radio of document.querySelectorAll('input[name=task]'))
  radio.addEventListener('change', () => void workbench.run());
for (const radio of document.querySelectorAll('input[name=look]'))
  radio.addEventListener('change', () => workbench.draw());
partOf('segments').addEventListener('change', () => void workbench.run());

const engines = element('engine', HTMLSelectElement);
engines.value = host.choice;
engines.addEventListener('change', async () => {
  fallback = '';
  await host.choose(engines.value as EngineChoice);
  await workbench.run(true);
});

/** People who save data load models with their first picture only. */
const savesData = (navigator as Navigator & { connection?: { saveData?: boolean } }).connection?.saveData;

async function start(): Promise<void> {
  if (await isolate()) return;
  if (savesData) return showReadiness('The models are loaded with the first picture.', 1);
  try {
    await host.prepare('text');
  } catch (error) {
    if (partOf('main').dataset.state !== 'start') return;
    showReadiness('Not ready.', 1);
    showNotice({
      title: 'The models could not be loaded',
      detail: error instanceof Error ? error.message : String(error),
      action: {
        label: 'Try again',
        run: () => {
          hideNotice();
          void start();
        },
      },
    });
  }
}

void start();
