import type { HttpServerHandle } from "@faultline/mcp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFixtureServer } from "./fixture-server.ts";
import type { SuiteRun } from "./run-suite.ts";
import { namedScenarios, runSuite } from "./run-suite.ts";

const REVISION = "2025-11-25";

// No file of expected failures is given: one failing scenario fails the run.
describe(`conformance with ${REVISION}`, () => {
	let server: HttpServerHandle;
	let run: SuiteRun;
	beforeAll(async () => {
		server = await startFixtureServer();
		run = await runSuite(["--url", server.url, "--requirements", REVISION]);
	}, 300_000);
	afterAll(async () => await server.close());

	it("ends with exit code 0", () => {
		expect(run.exitCode, run.output).toBe(0);
	});

	it("finds the scenarios", () => {
		expect(namedScenarios(REVISION).length).toBeGreaterThanOrEqual(30);
	});

	it.each(namedScenarios(REVISION))("%s", (scenario) => {
		const line = run.output.split("\n").find((text) => text.includes(` ${scenario}: `));
		expect(line, run.output).toMatch(/: [1-9]\d* passed, 0 failed$/);
	});
});
