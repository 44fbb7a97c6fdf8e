import type { EvidenceSet, Signal } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { openTestDesk } from "../testing/open-test-desk.ts";

const FROM = Date.parse("2026-06-19T09:00:00Z");

/** Forty healthy minutes, then twenty refusals that name ten clients: too few for the word to be learned as a variable. */
function refusals(): EvidenceSet {
	const signals = Array.from({ length: 120 }, (_, i): Signal => {
		const failing = i >= 80 && i % 2 === 0;
		const client = `client${"abcdefghij"[(i / 2) % 10]}`;
		return {
			...{ id: `l${i}`, source: "x", kind: "log", time: new Date(FROM + i * 30_000).toISOString(), service: "orders", resource: "orders" },
			...{ severity: failing ? 17 : 9, body: failing ? `payment refused to ${client}` : "ready", attributes: {}, count: 1, redactions: 0 },
		};
	});
	const window = { from: new Date(FROM).toISOString(), to: new Date(FROM + 3_600_000).toISOString() };
	const rest = { series: [], baselineSeries: [], coverage: [], topology: { nodes: [], edges: [] } };
	return { id: "refusals", title: "refusals", window, signals, ...rest };
}

/** What `report` and `serve` analyse by. */
async function told(logs: string): Promise<string> {
	const desk = await openTestDesk("", `sources: {kubernetes: {}}\nencoder: hash\n${logs}`);
	const report = await desk.bench.analyze(refusals(), new AbortController().signal);
	return JSON.stringify(report.findings);
}

describe("the workbench", () => {
	it("analyses by the configuration's log rules, in a thread", async () => {
		expect(await told("")).not.toContain("20 times");
		expect(await told('logs: {rules: [{name: client, pattern: "client[a-j]"}]}\n')).toContain("20 times");
	});
});
