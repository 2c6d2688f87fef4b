/** The mean of networks that were tuned from the same one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { loadGraph, saveGraph } from '../../../../models/graph/serialize.js';
import { runTorch, TORCH_FOLDER, WITHOUT_TORCH } from './torch.js';

const folder = await mkdtemp(join(tmpdir(), 'pocketlens-average-'));
afterAll(() => rm(folder, { recursive: true }));

async function save(name: string, seed: number, filters = 5): Promise<{ path: string; graph: Graph }> {
  const b = new GraphBuilder('graph', { seed });
  const x = b.input('x', [null, null, null, 3]);
  const graph = b.finish([b.conv(x, { name: 'conv', filters, kernel: [3, 3], bias: true })]);
  const path = join(folder, name);
  await saveGraph(path, graph);
  return { path, graph };
}

const average = (...paths: string[]) =>
  runTorch([join(TORCH_FOLDER, 'average.py'), ...paths, '-o', join(folder, 'mean.safetensors')]);

describe.skipIf(WITHOUT_TORCH)('average.py', () => {
  it('writes the mean of every parameter', async () => {
    const all = [
      await save('a.safetensors', 1),
      await save('b.safetensors', 2),
      await save('c.safetensors', 3),
    ];
    await average(...all.map(({ path }) => path));
    const mean = await loadGraph(join(folder, 'mean.safetensors'));
    expect(mean.nodes).toEqual(all[0]!.graph.nodes);
    const first = mean.params.get('conv/weight')!;
    expect(first.data).not.toEqual(all[0]!.graph.params.get('conv/weight')!.data);
    for (const [id, { data, shape }] of mean.params) {
      expect(shape).toEqual(all[0]!.graph.params.get(id)!.shape);
      data.forEach((value, i) => {
        const wanted = all.reduce((sum, { graph }) => sum + graph.params.get(id)!.data[i]!, 0) / 3;
        expect(value).toBeCloseTo(wanted, 6);
      });
    }
  });

  it('refuses networks of different shapes', async () => {
    const [one, other] = [await save('one.safetensors', 1), await save('other.safetensors', 1, 6)];
    await expect(average(one.path, other.path)).rejects.toThrow(
      'other.safetensors holds another: average tunings of one network.',
    );
  });
});
