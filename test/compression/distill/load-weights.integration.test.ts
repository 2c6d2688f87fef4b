/** Weights that were trained elsewhere. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadWeights } from '../../../compression/distill/load-weights.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { saveGraph } from '../../../models/graph/serialize.js';

const folder = await mkdtemp(join(tmpdir(), 'load-weights-'));
afterAll(() => rm(folder, { recursive: true }));

function network(seed: number, filters = 4) {
  const b = new GraphBuilder('network', { seed });
  const x = b.input('x', [null, null, null, 1]);
  return b.finish([b.conv(x, { name: 'conv', filters, kernel: [3, 3] })], { seed });
}

const load = (file: string) => loadWeights({ file }).apply(network(1), { seed: 1 });

it('takes the values and nothing else', async () => {
  const file = join(folder, 'trained.safetensors');
  await saveGraph(file, network(2));
  const { graph, report } = await load(file);
  expect(graph.params.get('conv/weight')!.data).toEqual(network(2).params.get('conv/weight')!.data);
  expect(graph.params.get('conv/weight')!.data).not.toEqual(network(1).params.get('conv/weight')!.data);
  expect(graph.meta).toEqual({ seed: 1 });
  expect(report.summary).toContain('trained.safetensors');
});

it('refuses weights of another network, naming the first that does not fit', async () => {
  const file = join(folder, 'wide.safetensors');
  await saveGraph(file, network(2, 8));
  await expect(load(file)).rejects.toMatchObject({
    code: 'invalid_data',
    message: expect.stringContaining('[3, 3, 1, 8]'),
  });
});
