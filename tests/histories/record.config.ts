import { defineConfig } from 'vitest/config';

/** Runs what records histories; not part of `npm test`. */
export default defineConfig({
  test: { include: ['tests/histories/record.ts'], testTimeout: 600_000, hookTimeout: 600_000 },
});
