import { describe, expect, it } from "vitest";
import { alert, analyse, at, evidence, level, log, series, signal } from "../testing/evidence.ts";
import { beyondChance, sightings } from "./small-counts.ts";

describe("beyondChance", () => {
	it("is little for one where there was none, and all for ten where there was one", () => {
		expect(beyondChance(1, 0)).toBeLessThan(0.35);
		expect(beyondChance(10, 1)).toBeGreaterThan(0.95);
		expect(beyondChance(100, 20)).toBe(1);
		expect(beyondChance(3, 5)).toBe(0);
	});
	it("grows with the count", () => {
		const grows = [1, 2, 4, 8, 16].map((n) => beyondChance(n, 0));
		expect(grows).toEqual(grows.toSorted((a, b) => a - b));
	});
});

describe("sightings", () => {
	it("are worth a third for one, and never all", () => {
		expect(sightings(1)).toBeCloseTo(0.36, 2);
		expect(sightings(1000)).toBeLessThan(1);
	});
});

const probe = (kind: string, count: number) =>
	signal({
		kind: "event",
		time: at(5),
		service: "shop",
		resource: "shop-1",
		severity: 13,
		count,
		body: `${kind} probe failed: HTTP probe failed with statuscode: 503`,
		event: { reporter: "kubelet", reason: "Unhealthy", object: { kind: "Pod", name: "shop-1" } },
	});
const strengthIn = (signals: ReturnType<typeof probe>[]) =>
	analyse(evidence({ alertTime: at(10), signals })).analysis.anomalies.find((a) => a.kind === "event")?.strength ?? 0;

describe("trifles", () => {
	it("one failed probe is no evidence; many are", () => {
		expect(strengthIn([probe("Readiness", 1)])).toBeLessThan(0.15);
		expect(strengthIn([probe("Liveness", 30)])).toBeGreaterThan(0.6);
	});
	it("a readiness probe does not say that it restarts anything", () => {
		const { analysis } = analyse(
			evidence({ alertTime: at(10), signals: [probe("Readiness", 40), log(9, "shop", "permission denied for user shop", 17)] }),
		);
		expect(analysis.mechanism).toBe("permission-denied");
	});
	it("one waiting thread weighs less than the service that fails most of its requests", () => {
		const { analysis } = analyse(
			evidence({
				alertTime: at(10),
				signals: [alert(8, "web", "errors")],
				series: [
					series("stock", "db_pool_pending_threads", [...level(60, 0), ...Array.from({ length: 15 }, (_, i) => (i % 7 === 0 ? 1 : 0))]),
					series("ledger", "http_server_error_ratio", [...level(60, 0.005), ...level(15, 0.7)]),
				],
				topology: {
					nodes: ["web", "stock", "ledger"].map((id) => ({ id, kind: "service" as const })),
					edges: [
						{ from: "web", to: "stock", kind: "calls", learnedFrom: "capture" },
						{ from: "web", to: "ledger", kind: "calls", learnedFrom: "capture" },
					],
				},
			}),
		);
		expect(analysis.causes[0]?.resource).toBe("ledger");
	});
	it("connections far from any limit have not run out", () => {
		const used = series("shop", "db_connections_in_use", [...level(60, 2), ...level(15, 9)]);
		const { analysis } = analyse(evidence({ alertTime: at(10), series: [used, series("shop", "db_connections_max", level(75, 100, 0))] }));
		expect(analysis.mechanism).not.toBe("connections-exhausted");
		const full = series("shop", "db_connections_in_use", [...level(60, 2), ...level(15, 9)]);
		const short = analyse(evidence({ alertTime: at(10), series: [full, series("shop", "db_connections_max", level(75, 9, 0))] }));
		expect(short.analysis.mechanism).toBe("connections-exhausted");
	});
});

describe("a share of requests that fails", () => {
	const failing = (after: number) =>
		analyse(evidence({ series: [series("shop", "http_error_ratio", [...level(60, 0.01), ...level(15, after)])] })).analysis.verdict;
	it("is an incident where nobody was told, if it jumps and stays", () => expect(failing(0.4)).toBe("incident"));
	it("is none where hardly anybody feels it", () => expect(failing(0.03)).toBe("no-incident"));
});
