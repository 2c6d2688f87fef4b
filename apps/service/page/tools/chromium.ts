/** Finds the Chromium in which the page is tested and photographed. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PocketlensError } from '../../../../models/base/errors.js';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'chrome.exe',
];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** Containers have no sandbox of their own to give, and little shared memory. */
export const CHROMIUM_ARGS = ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'];

/** `CHROMIUM`, else what is on the PATH. @throws tool_missing */
export function findChromium(): string {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM) return CHROMIUM;
  const places = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = [...places, MAC].find(existsSync);
  if (found) return found;
  throw new PocketlensError('tool_missing', 'Expected Chromium for the web page but found none.', {
    remedy:
      'Install it (Debian, Ubuntu: apt-get install chromium; macOS: brew install --cask chromium), or set CHROMIUM to the path of its program.',
  });
}
