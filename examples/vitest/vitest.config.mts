import { defineConfig } from 'vitest/config';

// One file at a time: two measurements at once would measure each other.
export default defineConfig({ test: { fileParallelism: false, testTimeout: 30_000 } });
