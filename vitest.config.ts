import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts"],
		exclude: ["**/node_modules/**", "**/dist/**"],
		testTimeout: 30_000,
		hookTimeout: 60_000,
		// the default of one second is too short for a child process on a busy machine
		expect: { poll: { timeout: 20_000 } },
		maxWorkers: 2,
		coverage: {
			provider: "v8",
			include: ["packages/*/src/**/*.ts"],
			exclude: ["**/*.test.ts", "**/testing/**"],
			reporter: ["text-summary", "json-summary"],
			thresholds: { lines: 85 },
		},
	},
});
