/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The page: brings the ways in, the controls and the workbench together. */
import { buttonOf, element } from './dom.js';
import { listenForPictures } from './intake.js';
import { listenToNotice, showNotice } from './notice.js';
import { linkControls } from './settings.js';
import type { View } from './views.js';
import { Workbench } from './workbench.js';

const workbench = new Workbench();

listenToNotice();
linkControls(() => workbench.update());
listenForPictures({
  open: (file, name) => void workbench.open(file, name),
  nothing: (how) =>
    showNotice({
      title: `No image was ${how}`,
      detail: 'Take an image file, or copy the image itself rather than its address.',
    }),
  failed: (error) => {
    const isDenied = error instanceof DOMException && error.name === 'NotAllowedError';
    showNotice({
      title: isDenied ? 'The browser did not allow it' : 'That did not work',
      detail: isDenied
        ? 'Allow this page to read the clipboard, or press Ctrl+V.'
        : 'Choose an image instead.',
    });
  },
});

buttonOf('another').addEventListener('click', () => workbench.close());
buttonOf('cancel').addEventListener('click', () => workbench.cancel());
buttonOf('copy').addEventListener('click', () => void workbench.copy());
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-save]'))
  button.addEventListener('click', async () => {
    try {
      await workbench.save(button.dataset.save as View | 'boxes');
    } catch {
      const format = element('format', HTMLSelectElement).value.toUpperCase();
      showNotice({
        title: 'It could not be saved',
        detail: `This browser could not write the ${format}. Try another format.`,
      });
    }
  });
// Enter in a field must not reload the page.
element('panel', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
document.addEventListener('themechange', () => workbench.draw());
