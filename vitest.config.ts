import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The packed tarball is installed from the registry: npm run test:package.
    exclude: process.env.TEST_PACKAGE ? [] : ['test/package/**'],
    testTimeout: 120_000,
    // Two workers: the machines that run this have two cores.
    maxWorkers: 2,
  },
});
