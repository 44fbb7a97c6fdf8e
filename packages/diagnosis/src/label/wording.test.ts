import { describe, expect, it } from "vitest";
import { cause, change, incident } from "../testing/analysis.ts";
import { labelCluster } from "./cluster-label.ts";
import { clockTime, quoteText } from "./telemetry-text.ts";
import { wordByRule } from "./wording.ts";

describe("wordByRule", () => {
	it("names resource, symptom, onset, figures and the change in one sentence", () => {
		const wording = wordByRule(incident());
		expect(wording.title).toBe("orders-db: connections exhausted");
		expect(wording.summary).toBe(
			'orders-db ran out of connections (since 09:14:00 UTC): connections 100 against 12 before; deploy 4f2a1c9d0e8b "Raise the worker pool to 200" at 09:12:00 UTC can explain it.',
		);
		expect(wording.impact).toBe("2 resources suffer since 09:14:00 UTC: checkout, cart.");
	});

	it("gives each finding the evidence that it rests on, the cause first", () => {
		const { findings } = wordByRule(incident());
		expect(findings[0]).toEqual({
			claim: "orders-db is the cause: its connections ran out before anything that calls it failed.",
			evidence: ["m1", "l1"],
			validated: true,
		});
		expect(findings.map((f) => f.claim)).toContain("The fault reached checkout from orders-db.");
		expect(findings.map((f) => f.claim)).toContain('orders-db logged "connections exhausted" 312 times, none before.');
		expect(findings.every((f) => f.evidence.length > 0)).toBe(true);
	});

	it("drops a claim that cites nothing or only what does not exist", () => {
		const { findings } = wordByRule(
			incident({
				causes: [cause({ signals: ["gone"] })],
				change: change({ evidence: [] }),
				propagations: [{ from: "a", to: "b", evidence: ["__proto__", "toString"] }],
			}),
		);
		expect(findings.some((f) => f.claim.includes("is the cause"))).toBe(false);
		expect(findings.some((f) => f.claim.includes("can explain it"))).toBe(false);
		expect(findings.some((f) => f.claim.includes("reached"))).toBe(false);
	});

	it("does not pretend to know what it does not", () => {
		const wording = wordByRule(incident({ confidence: "inconclusive", change: null }));
		expect(wording.title).toBe("Cause not determined; strongest lead orders-db");
		expect(wording.summary).toBe("Not determined; strongest lead orders-db (since 09:14:00 UTC): connections 100 against 12 before.");
		expect(wording.findings[0]?.claim).toMatch(/^orders-db is the strongest lead: /);
		expect(wording.findings[0]?.validated).toBe(false);
		expect(wordByRule(incident({ causes: [] })).summary).toMatch(/^Not determined: /);
	});

	it("cites the figure that shows the mechanism, not merely the strongest one", () => {
		const [connections, logs] = incident().anomalies;
		const latency = { ...connections!, subject: "latency", strength: 1, text: "write latency 31 s, usually 1.2" };
		expect(wordByRule(incident({ anomalies: [latency, connections!, logs!] })).summary).toContain(
			"(since 09:14:00 UTC): connections 100 against 12 before",
		);
	});

	it("says who failed first, and what an unknown mechanism looks like", () => {
		expect(wordByRule(incident({ firstFailing: "checkout" })).summary).toContain("; checkout failed first; deploy");
		expect(wordByRule(incident({ mechanism: "unknown" })).title).toBe("orders-db: connections up");
		expect(wordByRule(incident({ mechanism: "unknown", anomalies: [] })).title).toBe("orders-db: abnormal");
	});

	it("says that there is no incident", () => {
		const quiet = incident({
			verdict: "no-incident",
			category: "healthy",
			causes: [],
			change: null,
			anomalies: [],
			clusters: [],
			propagations: [],
			blastRadius: [],
		});
		expect(wordByRule(quiet)).toEqual({
			title: "No incident",
			summary: "Nothing abnormal was found in this window.",
			impact: "None.",
			findings: [],
		});
		expect(wordByRule({ ...quiet, anomalies: incident().anomalies }).summary).toContain("Nothing in this window amounts to an incident");
	});

	it("puts no secret, line break or hidden character of a log into a sentence", () => {
		const [first] = incident().anomalies;
		const text = "login with password=hunter2hunter2\nand AKIA\u200bIOSFODNN7EXAMPLE \u202egnp.exe";
		const { summary } = wordByRule(incident({ anomalies: [{ ...first!, text }] }));
		expect(summary).not.toContain("hunter2");
		expect(summary).not.toContain("IOSFODNN7EXAMPLE");
		expect(summary).not.toMatch(/[\n\u200b\u202e]/);
	});
});

describe("labelCluster", () => {
	it.each([
		["dial tcp <ip>:<num>: connect: connection refused", "connection refused"],
		["java.lang.NullPointerException at <*>", "missing value dereferenced"],
		["OOM command not allowed when used memory > 'maxmemory'", "out of memory"],
		["x509: certificate has expired or is not yet valid", "TLS or certificate failure"],
		["context deadline exceeded", "time-out"],
		["write <path>: no space left on device", "disk full"],
		["HTTP 429 Too Many Requests", "throttled"],
		["getaddrinfo ENOTFOUND <*>", "name not resolved"],
	])("%s", (template, label) => {
		expect(labelCluster({ template, example: "" })).toBe(label);
	});

	it("falls back to the example, then to the template's own words", () => {
		expect(labelCluster({ template: "<*>", example: "deadlock detected" })).toBe("lock contention");
		expect(labelCluster({ template: "order <num> of <num> shipped", example: "order 1 of 2 shipped" })).toBe("order … of … shipped");
		expect(labelCluster({ template: "", example: "" })).toBe("empty line");
	});
});

describe("telemetry text", () => {
	it("is cut with a sign, and times are said with a date where the day differs", () => {
		expect(quoteText("x".repeat(300), 10)).toBe(`${"x".repeat(9)}…`);
		expect(clockTime("2026-06-19T09:14:05.123456789Z", "2026-06-19T09:00:00Z")).toBe("09:14:05 UTC");
		expect(clockTime("2026-06-20T09:14:05+02:00", "2026-06-19T09:00:00Z")).toBe("2026-06-20 07:14:05 UTC");
		expect(clockTime("yesterday")).toBe("yesterday");
	});
});
