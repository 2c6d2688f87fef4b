import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadService } from '../../../apps/service/bench/load-service.js';
import { openWorld, type World } from './world.js';

let world: World;
let url: string;
beforeAll(async () => {
  world = await openWorld({ maxQueue: 6 }, 2);
  world.model.delay = 5;
  await world.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(world.app.server.address() as { port: number }).port}`;
});
afterAll(() => world.app.close());

it('answers every client with its own image, and 429 to those it cannot serve', async () => {
  const result = await loadService({ url, requests: 400, clients: 32 });
  expect(result.answered + result.refused).toBe(400);
  expect(result).toMatchObject({ lost: 0, mixedUp: 0, failed: 0 });
  expect(result.answered).toBeGreaterThan(20);
  expect(result.refused).toBeGreaterThan(20);
  expect(result.withoutRetryAfter).toBe(0);
});

it('loses nothing under a load that it can bear', async () => {
  const result = await loadService({ url, requests: 200, clients: 4 });
  expect(result).toMatchObject({ answered: 200, refused: 0, lost: 0, mixedUp: 0, failed: 0 });
});
