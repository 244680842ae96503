import { defineConfig } from 'vitest/config';

/** `npm run test:resume`: minutes, so not part of `npm test`. One file at a time: each has whole systems to itself. */
export default defineConfig({
  test: {
    include: ['tests/resume/*.resume.ts'],
    globalSetup: ['tests/globalSetup.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
