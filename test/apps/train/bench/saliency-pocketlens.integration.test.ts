import { expect, it } from 'vitest';
import {
  POCKETLENS_ROWS,
  pocketlensSaliency,
} from '../../../../apps/train/bench/peers/saliency-pocketlens.js';
import { modelFolder, readModelCard } from '../../../../models/runtime/model-folder.js';
import { saliencyConfigSchema } from '../../../../models/saliency/config.js';

it('reports the size of what each row loads: the deployed model, or a part of the float weights', async () => {
  const { files, config } = await readModelCard(modelFolder('saliency'));
  const { segment } = saliencyConfigSchema.parse(config);
  const bytes = new Map<string, number>();
  for (const { name } of POCKETLENS_ROWS) {
    const peer = pocketlensSaliency(name, { threads: 1 });
    if (peer.optional && !segment) {
      await expect(peer.describe()).rejects.toMatchObject({ code: 'model_not_found' });
      continue;
    }
    const facts = await peer.describe();
    bytes.set(name, facts.modelBytes);
    if (!peer.optional) expect(facts.modelBytes).toBe(files.model!.bytes);
  }
  if (!segment) return;
  const sizeOf = (name: string) => bytes.get(`pocketlens-${name}`)!;
  expect(sizeOf('mean')).toBeGreaterThan(sizeOf('dense'));
  expect(sizeOf('mean')).toBeGreaterThan(sizeOf('segment'));
  expect(sizeOf('mean')).toBeLessThan(files.weights!.bytes);
  expect(sizeOf('mean')).toBeGreaterThan(files.weights!.bytes / 2);
});
