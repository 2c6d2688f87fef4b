/** Writes the map of one image and ends: what start-up and memory are measured on. One argument: `OneMap` as JSON. */
import { writeMap } from '../evaluate-saliency.js';
import type { OneMap } from './saliency-one-command.js';
import type { PocketlensRow } from './saliency-pocketlens.js';

const { peer, threads, model, image, output } = JSON.parse(process.argv[2] ?? '{}') as OneMap;
const options = { threads, ...(model !== undefined && { model }) };
// Each loads its own code only: loading is part of what is measured.
const found =
  peer === 'u2netp'
    ? (await import('./saliency-u2netp.js')).u2netp(options)
    : (await import('./saliency-pocketlens.js')).pocketlensSaliency(peer as PocketlensRow, options);
const session = await found.open();
const { map } = await session.find(image);
await writeMap(output, map);
await session.close();
