/// <reference lib="dom" />
/** Runs before the page is drawn, so that a chosen theme never flashes: light and dark as the system has it, or as chosen. */
const KEY = 'pocketlens-theme';

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');

/** Storage is denied in some private windows; the choice then lasts as long as the page. */
function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function store(theme: string | undefined): void {
  try {
    if (theme) localStorage.setItem(KEY, theme);
    else localStorage.removeItem(KEY);
  } catch {
    // Nothing is lost but the memory of it.
  }
}

const isDark = () => (root.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';

const chosen = stored();
if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;

document.addEventListener('DOMContentLoaded', () => {
  const button = document.getElementById('theme');
  const show = () => {
    button?.setAttribute('aria-pressed', String(isDark()));
    document.dispatchEvent(new Event('themechange'));
  };
  button?.addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark';
    // Back at what the system wants, the page follows the system again.
    if ((theme === 'dark') === system.matches) delete root.dataset.theme;
    else root.dataset.theme = theme;
    store(root.dataset.theme);
    show();
  });
  system.addEventListener('change', show);
  show();
});

export {};
