import type { Signal } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alert, analyse, at, change, evidence, level, log, series, signal, trace } from "./testing/evidence.ts";

const NIL_CHECK = '-\tif resp.Card == nil {\n-\t\treturn ""\n-\t}\n \treturn resp.Card.Status\n';
const STYLE = "-.button { color: red; }\n+.button { color: blue; }\n";

/** A shop where calls go web -> orders -> billing; from minute 0 on billing fails. */
function failingBilling(): Signal[] {
	const signals: Signal[] = [];
	for (let m = -60; m < 10; m += 0.5) {
		const bad = m >= 0;
		const status = bad ? "ERROR" : "OK";
		signals.push(
			...trace(m, ["web", "POST /buy", 50, status, [["orders", "create", 30, status, [["billing", "charge", 10, status]]]]]),
			log(m, "web", "request done"),
		);
		if (bad)
			signals.push(log(m, "billing", "panic: nil pointer dereference in Status", 17), log(m, "orders", "call to billing failed: 500", 17));
	}
	return signals;
}

describe("a bad deploy of a callee", () => {
	const signals = [
		...failingBilling(),
		alert(3, "web", "ErrorRatioHigh"),
		change(-30, { type: "commit", id: "aaaaaaaaaa", title: "style: buttons", files: ["web/style.css"], diff: STYLE }),
		change(-2, { type: "deploy", id: "d0", commitId: "aaaaaaaaaa" }, "web"),
		change(-20, {
			type: "commit",
			id: "bbbbbbbbbb",
			title: "refactor: simplify status",
			files: ["services/billing/card.go"],
			diff: NIL_CHECK,
		}),
		change(-1, { type: "deploy", id: "d1", commitId: "bbbbbbbbbb" }, "billing"),
		change(2, { type: "deploy", id: "d2", title: "orders 12" }, "orders"),
	];
	const { analysis, moment } = analyse(evidence({ signals }));

	it("names the callee, its commit, and the victims", () => {
		expect(analysis.verdict).toBe("incident");
		expect(analysis.causes[0]?.resource).toBe("billing");
		expect(analysis.change).toMatchObject({ commitId: "bbbbbbbbbb", service: "billing", verdict: "blamed" });
		expect(analysis.category).toBe("code_defect");
		expect(analysis.mechanism).toBe("exceptions");
		expect(analysis.blastRadius).toEqual(["orders", "web"]);
		expect(analysis.propagations.map((p) => [p.from, p.to])).toEqual([
			["billing", "orders"],
			["orders", "web"],
		]);
		expect(analysis.firstFailing).toBe("billing");
		expect(analysis.causes.map((c) => c.resource)).toHaveLength(3);
	});
	it("dates it, explains the alert, and says what it ruled out", () => {
		expect(Math.abs(Date.parse(analysis.startedAt ?? "") - Date.parse(at(0)))).toBeLessThanOrEqual(30_000);
		expect(moment.seen).toBe(true);
		expect(analysis.alerts).toMatchObject([{ alert: "ErrorRatioHigh", explainedBy: "billing" }]);
		expect(analysis.weighedChanges.find((c) => c.id === "d2")?.verdict).toBe("too-late");
		expect(analysis.ruledOut.map((r) => r.reason)).toContain("it changes nothing that runs");
	});
	it("cites only evidence that it holds, and holds only what it cites", () => {
		const cited = new Set(
			[
				...analysis.anomalies,
				...analysis.timeline,
				...analysis.alerts,
				...analysis.ruledOut,
				...analysis.propagations,
				...analysis.clusters,
				...analysis.weighedChanges,
			]
				.flatMap((x) => x.evidence)
				.concat(analysis.causes.flatMap((c) => c.signals)),
		);
		expect(new Set(Object.keys(analysis.evidence))).toEqual(cited);
	});
	it("is less sure where a source failed", () => {
		const failed = { source: "sentry", status: "failed" as const, from: at(-60), to: at(15), truncated: false };
		const partial = analyse(evidence({ signals, coverage: [failed] })).analysis;
		const rank = ["inconclusive", "likely", "confirmed"];
		expect(rank.indexOf(partial.confidence)).toBe(rank.indexOf(analysis.confidence) - 1);
		expect(partial.doubts.join()).toContain("sentry");
	});
});

describe("changes that cannot be blamed", () => {
	it("a deploy after the onset, of another service, or that runs nothing leaves the change unnamed", () => {
		const signals = [
			...failingBilling(),
			alert(3, "web", "ErrorRatioHigh"),
			change(-1, { type: "commit", id: "cccccccccc", title: "docs", files: ["README.md"], diff: "-old\n+new" }, "billing"),
			change(1.5, { type: "deploy", id: "late", title: "billing 3" }, "billing"),
			change(-1, { type: "deploy", id: "other", title: "search 3" }, "search"),
		];
		const { analysis } = analyse(evidence({ signals }));
		expect(analysis.causes[0]?.resource).toBe("billing");
		expect(analysis.change).toBeNull();
	});
	it("an expired certificate needs no change", () => {
		const signals: Signal[] = [alert(3, "web", "UpstreamErrors")];
		for (let m = -60; m < 10; m++) {
			signals.push(log(m, "web", "request done"));
			if (m >= 0) signals.push(log(m, "web", "tls handshake with billing failed: x509: certificate has expired", 17));
		}
		signals.push(
			change(
				-2,
				{
					type: "commit",
					id: "dddddddddd",
					title: "tidy tls client",
					files: ["web/tls.go"],
					diff: "-\tMinVersion: tls.VersionTLS11,\n+\tMinVersion: tls.VersionTLS12,\n",
				},
				"web",
			),
		);
		const { analysis } = analyse(evidence({ signals }));
		expect(analysis.mechanism).toBe("certificate-expired");
		expect(analysis.change).toBeNull();
	});
});

describe("a slow leak", () => {
	it("is dated by its drift, so that the deploy hours before is blamed and the one just before is not", () => {
		const memory = [...level(20, 200), ...Array.from({ length: 160 }, (_, i) => 200 + 2 * i), ...level(6, 40)];
		const leak = "+var seen []record\n+\n+func remember(r record) {\n+\tseen = append(seen, r)\n+}\n";
		const signals = [
			log(119, "search", "OOMKilled: container exceeded memory limit", 17),
			alert(121, "search", "ContainerOOMKilled", { alert: { name: "ContainerOOMKilled", summary: "search was OOMKilled" } }),
			change(-41, { type: "commit", id: "eeeeeeeeee", title: "keep records", files: ["services/search/seen.go"], diff: leak }),
			change(-40.5, { type: "deploy", id: "d1", commitId: "eeeeeeeeee" }, "search"),
			change(110, {
				type: "commit",
				id: "ffffffffff",
				title: "cache",
				files: ["services/search/cache.go"],
				diff: "+var cache = lru.New(256)\n",
			}),
			change(111, { type: "deploy", id: "d2", commitId: "ffffffffff" }, "search"),
		];
		for (let m = -60; m < 125; m += 5) signals.push(log(m, "search", "served"));
		const set = evidence({ window: { from: at(-60), to: at(126) }, signals, series: [series("search", "memory_rss_mb", memory)] });
		const { analysis } = analyse(set);
		expect(analysis.mechanism).toBe("memory-exhausted");
		expect(analysis.category).toBe("resource_exhaustion");
		expect(analysis.change?.commitId).toBe("eeeeeeeeee");
	});
});

describe("load", () => {
	it("that surges from the entry is traffic, and the entry is the cause", () => {
		const up = (about: number, by: number): number[] => [...level(60, about), ...level(12, about * by)];
		const set = evidence({
			signals: [alert(3, "web", "LatencyHigh"), ...Array.from({ length: 70 }, (_, i) => log(i - 60, "web", "request done"))],
			series: ["web", "orders"].flatMap((s) => [
				series(s, "requests_per_sec", up(900, 5)),
				series(s, "cpu_utilization", up(0.2, 4.5)),
				series(s, "latency_p99_ms", up(100, 8)),
			]),
			topology: { nodes: [], edges: [{ from: "web", to: "orders", kind: "calls", learnedFrom: "capture" }] },
		});
		const { analysis } = analyse(set);
		expect(analysis.category).toBe("traffic");
		expect(analysis.causes[0]?.resource).toBe("web");
	});
});

describe("healthy windows", () => {
	it("a passed health check is no incident", () => {
		const check = alert(14, "db", "HealthCheck", {
			severity: 9,
			alert: { name: "HealthCheck", summary: "All metrics within normal bounds", state: "normal" },
		});
		const { analysis } = analyse(evidence({ signals: [check], series: [series("db", "cpu", level(75, 20))] }));
		expect(analysis).toMatchObject({ verdict: "no-incident", category: "healthy", severity: "none", startedAt: null, change: null });
	});
	it("a blip that recovered, with no alert, is no incident", () => {
		const blip = [...level(60, 100), 900, 900, ...level(13, 100)];
		const { analysis } = analyse(evidence({ series: [series("web", "latency_p99_ms", blip)] }));
		expect(analysis.verdict).toBe("no-incident");
	});
	it("nothing at all is inconclusive", () => {
		const { analysis } = analyse(evidence({ coverage: [] }));
		expect(analysis).toMatchObject({ verdict: "no-incident", confidence: "inconclusive", causes: [] });
		expect(analysis.doubts.join()).toContain("no evidence");
	});
});

describe("platform statuses", () => {
	const pod = (status: Record<string, unknown>): Signal =>
		signal({
			kind: "event",
			time: at(10),
			service: "api",
			resource: "api-7f9dd8b6c4-x7gr9",
			body: "Pod: status",
			event: { reporter: "status", reason: "StatusSnapshot", object: { kind: "Pod", name: "api-7f9dd8b6c4-x7gr9" }, status },
		});
	it.each([
		[
			"OOMKilled",
			{ containerStatuses: [{ ready: false, restartCount: 8, lastState: { terminated: { reason: "OOMKilled", exitCode: 137 } } }] },
			"memory-exhausted",
			"resource_exhaustion",
		],
		[
			"image",
			{ containers: [{ state: { waiting: { reason: "ImagePullBackOff", message: "manifest unknown" } } }] },
			"image-unavailable",
			"configuration_error",
		],
		[
			"unschedulable",
			{
				phase: "Pending",
				conditions: [
					{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/2 nodes are available: 2 Insufficient cpu." },
				],
			},
			"unschedulable",
			"resource_exhaustion",
		],
	])("%s", (_, status, mechanism, category) => {
		const { analysis } = analyse(evidence({ signals: [pod(status), alert(9, "api", "PodNotReady")] }));
		expect(analysis).toMatchObject({ verdict: "incident", mechanism, category });
		expect(analysis.causes[0]?.resource).toBe("api");
	});
	it("a pod that runs and is ready is no complaint", () => {
		const { analysis } = analyse(
			evidence({
				signals: [
					pod({ phase: "Running", containers: [{ ready: true, restart_count: 0 }], conditions: [{ type: "Ready", status: "True" }] }),
				],
			}),
		);
		expect(analysis.verdict).toBe("no-incident");
	});
});

describe("a name that was asked about", () => {
	const notesFor = (focus: string) => analyse(evidence({ focus, signals: failingBilling() })).analysis.notes.join("\n");
	it("is said to be unknown where nothing bears it", () => {
		expect(notesFor("nonesuch")).toContain('Nothing in this window bears the name "nonesuch"');
		expect(notesFor("billing")).not.toContain("bears the name");
	});
});

describe("bad input", () => {
	it("survives whatever telemetry says", () => {
		const hostile = fc.string({ maxLength: 60, unit: "grapheme" });
		fc.assert(
			fc.property(
				fc.array(
					fc.record({
						m: fc.double({ min: -1e5, max: 1e5, noNaN: true }),
						service: hostile,
						body: hostile,
						severity: fc.integer({ min: 0, max: 24 }),
					}),
					{ maxLength: 25 },
				),
				fc.array(fc.oneof(fc.constant(Number.NaN), fc.constant(1), fc.double()), { maxLength: 20 }),
				(records, values) => {
					const signals = records.flatMap((r, i) => [
						log(r.m, r.service, r.body, r.severity),
						...(i % 3 === 0 ? [alert(r.m, r.service, r.body)] : []),
						...(i % 4 === 0 ? [change(r.m, { type: r.body, id: r.service, diff: `+${r.body}\n-${r.service}` })] : []),
					]);
					const { analysis } = analyse(evidence({ signals, series: [series("a", "cpu", values), series("a", "x", [1])] }));
					expect(["incident", "no-incident"]).toContain(analysis.verdict);
					for (const c of analysis.causes) expect(Number.isFinite(c.score)).toBe(true);
				},
			),
			{ numRuns: 60 },
		);
	});
	it("the order of records does not matter", () => {
		const signals = [...failingBilling(), alert(3, "web", "ErrorRatioHigh")];
		const forward = analyse(evidence({ signals })).analysis;
		const backward = analyse(evidence({ signals: [...signals].reverse() })).analysis;
		expect(backward.causes.map((c) => [c.resource, c.score])).toEqual(forward.causes.map((c) => [c.resource, c.score]));
	});
	it("takes 100,000 records", () => {
		const signals = Array.from({ length: 100_000 }, (_, i) =>
			log(
				-60 + i / 1500,
				`s${i % 40}`,
				i > 90_000 && i % 40 === 3 ? "panic: nil pointer" : "request done",
				i > 90_000 && i % 40 === 3 ? 17 : 9,
			),
		);
		const { analysis } = analyse(evidence({ signals: [...signals, alert(5, "s3", "Errors")] }));
		expect(analysis.causes[0]?.resource).toBe("s3");
	});
});
