import { expect, it } from "vitest";
import { alert, analyse, evidence, log, trace } from "../testing/evidence.ts";

it("draws who is to blame, whom it reached, and what the calls between them were like before and during", () => {
	const signals = Array.from({ length: 140 }, (_, i) => -60 + i / 2).flatMap((m) => {
		const status = m >= 0 ? "ERROR" : "OK";
		return [
			...trace(m, ["web", "POST /buy", 50, status, [["billing", "charge", m >= 0 ? 400 : 10, status]]]),
			...trace(m, ["docs", "GET /", 2, "OK"]),
			...(m >= 0 ? [log(m, "billing", "panic: nil pointer", 17)] : []),
		];
	});
	const { graph } = analyse(evidence({ signals: [...signals, alert(3, "web", "ErrorRatioHigh")] })).analysis;
	expect(graph.nodes.map(({ resource, role }) => [resource, role])).toEqual([
		["billing", "cause"],
		["web", "victim"],
		["docs", "healthy"],
	]);
	expect(graph.nodes[0]?.reasons.join(" ")).toContain("panic: nil pointer");
	expect(graph.edges).toEqual([
		expect.objectContaining({
			from: "web",
			to: "billing",
			kind: "calls",
			learnedFrom: ["spans"],
			weight: 140,
			carried: true,
			before: { count: 120, errorShare: 0, medianMs: 10 },
			during: { count: 20, errorShare: 1, medianMs: 400 },
		}),
	]);
});

it("draws a healthy window without a cause", () => {
	const signals = Array.from({ length: 60 }, (_, i) => -60 + i).flatMap((m) =>
		trace(m, ["web", "GET /", 5, "OK", [["db", "query", 1, "OK"]]]),
	);
	const { graph } = analyse(evidence({ signals })).analysis;
	expect(graph.nodes.map((n) => n.role)).toEqual(["healthy", "healthy"]);
	expect(graph.edges.map((e) => e.carried)).toEqual([false]);
});

it("draws who names whom in loud lines, and who began together more than once, with where that was learned and without a say in who is to blame", () => {
	const signals = Array.from({ length: 75 }, (_, i) => -60 + i).flatMap((m) => [
		...trace(m, ["web", "GET /", 5, "OK", [["billing", "charge", 5, "OK"]]]),
		...trace(m, ["mailer", "send", 5, "OK"]),
		...(m >= 0 && m < 6 ? [log(m, "mailer", "cannot write the outbox of billing", 17), log(m, "billing", "panic: nil pointer", 17)] : []),
		...(m >= 8 && m < 14 ? [log(m, "mailer", "queue is over its limit", 17), log(m, "billing", "ledger refused the entry", 17)] : []),
	]);
	const { graph, causes } = analyse(evidence({ signals: [...signals, alert(3, "billing", "ErrorRatioHigh")] })).analysis;
	const drawn = graph.edges.filter((edge) => edge.kind === "co-occurs");
	expect(drawn).toEqual([expect.objectContaining({ from: "mailer", to: "billing", learnedFrom: ["mentions", "onsets"], carried: false })]);
	expect(causes.every((cause) => cause.victimOf !== "mailer")).toBe(true);
});
