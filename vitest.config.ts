// One Vitest project per level. The suffix of a test file says what it needs; `tools/tidy/src/run-tests.ts` provides it.
import { defineConfig } from 'vitest/config';

const NEEDS_SERVERS = ['**/*.{pg,kafka,connect,emulator}.test.ts'];
const NEEDS_EVERYTHING = ['test/e2e/**/*.test.ts'];
const SIMULATION = ['test/simulation/**/*.test.ts'];
const NEVER = ['**/node_modules/**', '.concord/**'];

export default defineConfig({
  test: {
    // Every core, where Vitest would leave one free: on two cores that is half of the time.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...NEVER, ...NEEDS_SERVERS, ...NEEDS_EVERYTHING, ...SIMULATION],
        },
      },
      { test: { name: 'contract', include: NEEDS_SERVERS, exclude: NEVER, testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'simulation', include: SIMULATION, exclude: NEVER, testTimeout: 120_000 } },
      {
        test: {
          name: 'e2e',
          include: NEEDS_EVERYTHING,
          exclude: NEVER,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          isolate: false,
        },
      },
    ],
  },
});
