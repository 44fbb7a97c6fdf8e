import { toRows } from "@faultline/anomaly";
import { describe, expect, it } from "vitest";
import { durationsOf, withLongerDurations } from "../../logs/line-durations.ts";
import type { InputLine } from "../../logs/read-lines.ts";
import { clusterFigures } from "./cluster-figures.ts";
import { evaluateInjected } from "./evaluate-injected.ts";
import { evaluateSessions } from "./evaluate-sessions.ts";
import { generateSessions } from "./generate-sessions.ts";
import { rankingFigures } from "./ranking-figures.ts";
import { readLabelled, readSystem } from "./read-labelled.ts";

describe("rankingFigures", () => {
	it("agrees with scikit-learn", () => {
		// sklearn.metrics of y = [0,0,1,1,0,1], s = [.1,.4,.35,.8,.35,.9]: AP 0.8333, AUC 0.8333, MCC at s > .5 0.7071.
		const scores = [0.1, 0.4, 0.35, 0.8, 0.35, 0.9];
		const labels = [false, false, true, true, false, true];
		const found = rankingFigures(scores.map((score, i) => ({ score, called: score > 0.5, anomalous: labels[i] as boolean })));
		expect(found.ap).toBeCloseTo((1 + 1 + 3 / 5) / 3, 10);
		expect(found.auc).toBeCloseTo((3 + 3 + 1.5) / 9, 10);
		expect([found.precision, found.fpr]).toEqual([1, 0]);
		expect(found.recall).toBeCloseTo(2 / 3, 10);
		expect(found.mcc).toBeCloseTo(Math.SQRT1_2, 10);
	});
});

describe("clusterFigures", () => {
	it("knows two clusters from one cloud", () => {
		const rows = toRows([
			[0, 0],
			[0, 1],
			[10, 0],
			[10, 1],
			[99, 99],
		]);
		const apart = clusterFigures(rows, [0, 0, 1, 1, -1]);
		// By hand: a = 1, b = (10 + sqrt 101) / 2; spreads of 0.5 each, centres 10 apart.
		expect(apart.silhouette).toBeCloseTo(1 - 1 / ((10 + Math.sqrt(101)) / 2), 6);
		expect(apart).toMatchObject({ clusters: 2, noise: 1, daviesBouldin: 0.1 });
		expect(clusterFigures(rows, [0, 0, 0, 0, 0]).silhouette).toBeNaN();
	});
});

describe("durations of lines", () => {
	it("finds those with a unit and those behind a word, and nothing else", () => {
		expect(durationsOf("GET /x took 12 ms, upstream 1.5s, 3 retries, took=7")).toEqual([
			{ slot: "0", value: 12 },
			{ slot: "1", value: 1500 },
			{ slot: "2", value: 7 },
		]);
		expect(durationsOf("block 64 of 10.0.0.1:5 at 12:30:05")).toEqual([]);
		expect(withLongerDurations("took 12 ms after 3 retries", 5)).toBe("took 60 ms after 3 retries");
	});
});

describe("evaluateSessions", () => {
	it("finds what was generated, by the ensemble at least as well as by its best member", async () => {
		const { rows, judged, anomalous } = await evaluateSessions(generateSessions(2_000, 3));
		const f1 = new Map(rows.map(({ name, figures }) => [name, figures.f1]));
		expect([judged, anomalous > 5]).toEqual([600, true]);
		expect(f1.get("ensemble")).toBeGreaterThan(0.9);
		for (const name of ["rare event", "counts", "order"]) expect(f1.get("ensemble")).toBeGreaterThanOrEqual(f1.get(name) ?? 1);
		expect([...f1.keys()]).toContain("ensemble without order");
	});

	it("judges a batch without a baseline, and distinct sessions once", async () => {
		const sessions = generateSessions(1_500, 4);
		const batch = await evaluateSessions(sessions, { baselineShare: 0 });
		expect([batch.baseline, batch.judged]).toEqual([0, 1_500]);
		expect(batch.rows[0]?.figures.auc).toBeGreaterThan(0.9);
		expect((await evaluateSessions(sessions, { distinct: true })).judged).toBeLessThan(450);
	});
});

describe("evaluateInjected", () => {
	it("finds faults in a steady system, and says what cannot be injected", () => {
		const lines = Array.from({ length: 2_000 }, (_, i) => ({
			text: [`job ${i} queued`, `worker ${i % 7} took job ${i}`, `job ${i} done`][i % 3] as string,
		}));
		const { all, systems } = evaluateInjected([{ name: "steady", lines }], { perKind: 10 });
		const kinds = new Map(all.kinds.map((score) => [score.kind, score]));
		for (const kind of ["unseen template", "burst", "missing heartbeat", "reordered"] as const)
			expect(kinds.get(kind)?.detector).toBeGreaterThanOrEqual(0.9);
		expect(systems[0]?.cleanWindows).toBeGreaterThan(50);
		expect(all.labelFreeFalsePositives).toBeLessThan(0.05);
	}, 30_000);
});

describe("reading", () => {
	async function* lines(...texts: string[]): AsyncGenerator<InputLine> {
		for (const [i, text] of texts.entries()) yield { text, number: i + 1, truncated: false, repaired: false };
	}

	it("refuses what is not labelled, with its place", async () => {
		await expect(readLabelled(lines('{"id": 1, "lines": ["a"], "anomalous": true}', '{"id": 2, "lines": []}'), "f")).rejects.toThrow(
			"f, line 2: anomalous",
		);
		await expect(readLabelled(lines("nonsense"), "f")).rejects.toThrow("f, line 1: it is not JSON");
	});

	it("takes plain lines, and lines that someone knows", async () => {
		expect(await readSystem(lines("a", "", "b", "c"), "dir/web.log", 2)).toEqual({ name: "web", lines: [{ text: "a" }, { text: "b" }] });
		expect((await readSystem(lines('{"line": "a", "event": "E1"}'), "x.ndjson", 9)).lines).toEqual([{ text: "a", truth: "E1" }]);
	});
});
