/** The hooks of tests that open a service of their own in each test, and close it. */
import { afterEach } from 'vitest';
import type { ServiceLimits } from '../../../apps/service/limits.js';
import { openWorld, type World } from './world.js';

/** Of the test that runs. */
export interface WorldTest {
  readonly world: World;
  open(limits?: Partial<ServiceLimits>, concurrency?: number): Promise<void>;
  /** A picture, as a raw body. */
  post(payload: Buffer | string, headers?: Record<string, string>, url?: string): ReturnType<typeof inject>;
}

export function worldHooks(): WorldTest {
  let world: World;
  afterEach(() => world?.app.close());
  return {
    get world() {
      return world;
    },
    async open(limits = {}, concurrency) {
      world = await openWorld(limits, concurrency);
    },
    post: (payload, headers = {}, url = '/v1/saliency?refine=none') => inject(world, url, payload, headers),
  };
}

const inject = (world: World, url: string, payload: Buffer | string, headers: Record<string, string>) =>
  world.app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'image/png', ...headers } });
