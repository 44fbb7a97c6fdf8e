import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningServer } from "./real-servers.ts";
import { REAL_SERVERS, startServer } from "./real-servers.ts";
import { inspectTools } from "./run-inspector.ts";
import { runSuite } from "./run-suite.ts";

describe.each(REAL_SERVERS)("the $name server", (server) => {
	let running: RunningServer;
	beforeAll(async () => {
		running = await startServer(server);
	}, 60_000);
	afterAll(async () => await running?.close());

	it.each(server.scenarios)("passes %s", async (scenario) => {
		const { exitCode, output } = await runSuite(["--url", running.url, "--scenario", scenario]);
		expect(exitCode, output).toBe(0);
		expect(output).toMatch(/Passed: [1-9]\d*\/\d+, 0 failed, 0 warnings/);
	});

	it("lists its tools to the Inspector, strictly, the same over stdio and HTTP", async () => {
		const stdio = await inspectTools(running.stdio);
		expect(stdio.exitCode, stdio.output).toBe(0);
		const http = await inspectTools({ type: "http", url: running.url });
		expect(http.exitCode, http.output).toBe(0);
		expect(http.tools.length).toBeGreaterThan(0);
		expect(stdio.tools).toEqual(http.tools);
	}, 60_000);
});
