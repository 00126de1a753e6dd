import { defineConfig } from 'vitest/config';

/** Each of them runs several controllers and servers: they would make the others late. */
const clusterTests = [
  'test/chaos/cluster/**/*.test.ts',
  'test/e2e/{cluster,migrate-engine}.test.ts',
  'test/integration/engine/**/*.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Two test files at a time: the suite is meant for two cores, and many tests start real processes.
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'suite',
          include: ['test/**/*.test.ts'],
          exclude: clusterTests,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'clusters',
          include: clusterTests,
          // They wait for elections most of the time.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
