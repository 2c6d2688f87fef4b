import { defineConfig } from 'vitest/config';

/** Three tiers by cost: unit (no native backend, no process), integration (engines, files), e2e (the command itself). */
const tier = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`test/**/*.${name}.test.ts`],
    setupFiles: ['test/fixed-seed.ts'],
    // A page on a busy machine may need more than the default second.
    expect: { poll: { timeout: 10_000 } },
    testTimeout,
    hookTimeout: testTimeout,
  },
});

export default defineConfig({
  test: {
    // Training tests use every core by themselves; two test files at a time is all that two cores bear.
    maxWorkers: 2,
    projects: [tier('unit', 20_000), tier('integration', 120_000), tier('e2e', 180_000)],
  },
});
