import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The packed tarball is installed from the registry: npm run test:package, npm run test:runtimes.
    exclude: [
      ...(process.env.TEST_PACKAGE ? [] : ['test/package/**']),
      ...(process.env.TEST_RUNTIMES ? [] : ['test/runtimes/**']),
    ],
    // A test that asserts nothing proves nothing.
    expect: { requireAssertions: true },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two workers: the machines that run this have two cores.
    maxWorkers: 2,
  },
});
