/// <reference lib="dom" />
/** What a hand does to the page, and waits for. */
import type { Page } from 'playwright-core';
import { discPicture } from './pictures.js';

/** As a file input takes it. */
export async function pictureFile(buffer: Buffer | Promise<Buffer> = discPicture(), name = 'disc.png') {
  return {
    name,
    mimeType: name.endsWith('.jpg') ? 'image/jpeg' : 'image/png',
    buffer: await buffer,
  };
}

export const untilState = (page: Page, name: string) => page.waitForSelector(`main[data-state=${name}]`);

/** Two frames: what a control has changed is drawn. */
export const untilDrawn = (page: Page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** Picks a picture, and waits for its result. */
export async function openPicture(
  page: Page,
  buffer?: Buffer | Promise<Buffer>,
  name?: string,
): Promise<void> {
  await page.setInputFiles('#file', await pictureFile(buffer, name));
  await untilState(page, 'ready');
  await untilDrawn(page);
}

export async function choose(page: Page, name: string, value: string): Promise<void> {
  await page.locator(`input[name="${name}"][value="${value}"]`).check();
  await untilDrawn(page);
}

/** Sets a slider as a hand would: its value, and the event. */
export async function slide(page: Page, id: string, value: number): Promise<void> {
  await page.locator(`#${id}`).fill(String(value));
  await untilDrawn(page);
}
