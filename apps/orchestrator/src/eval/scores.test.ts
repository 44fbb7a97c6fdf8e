import { describe, expect, it } from "vitest";
import { scoreRanking, standsFor } from "./score-ranking.ts";
import { type Judged, scoreReport } from "./score-report.ts";
import { type EvaluatedCapture, summarise } from "./summarise.ts";
import { Truth } from "./truth.ts";

const ranked = (...rows: [string, number][]) => rows.map(([resource, score]) => ({ resource, score }));
const is =
	(...names: string[]) =>
	(resource: string): boolean =>
		names.includes(resource);
const rounded = (numbers: number[]): number[] => numbers.map((n) => Math.round(n * 1e9) / 1e9);

describe("scoreRanking", () => {
	it("is strict where nothing ties", () => {
		expect(scoreRanking(ranked(["a", 3], ["b", 2], ["c", 1]), is("b"))).toEqual({ hit: [0, 1, 1, 1, 1], reciprocalRank: 0.5 });
	});

	it("gives a share of a tie: one right of three behind one", () => {
		// Places 2, 3, 4 with 1/3 each: hits 0, 1/3, 2/3, 1, 1; (1/2 + 1/3 + 1/4) / 3 = 13/36.
		const { hit, reciprocalRank } = scoreRanking(ranked(["x", 9], ["a", 1], ["b", 1], ["c", 1]), is("c"));
		expect(rounded(hit)).toEqual(rounded([0, 1 / 3, 2 / 3, 1, 1]));
		expect(reciprocalRank).toBeCloseTo(13 / 36, 12);
	});

	it("counts the first of several right ones: two of four tied", () => {
		// First right at place 1: 1/2, 2: 1/2 * 2/3 = 1/3, 3: 1/6.
		const { hit, reciprocalRank } = scoreRanking(ranked(["a", 1], ["b", 1], ["c", 1], ["d", 1], ["e", 0]), is("a", "d", "e"));
		expect(rounded(hit)).toEqual(rounded([1 / 2, 5 / 6, 1, 1, 1]));
		expect(reciprocalRank).toBeCloseTo(1 / 2 + 1 / 6 + 1 / 18, 12);
	});

	it("sorts by score, counts first mentions alone, and misses what is not there", () => {
		expect(scoreRanking(ranked(["a", 1], ["b", 5], ["b", 0]), is("a")).hit).toEqual([0, 1, 1, 1, 1]);
		expect(scoreRanking(ranked(["a", 1]), is("z"))).toEqual({ hit: [0, 0, 0, 0, 0], reciprocalRank: 0 });
		expect(scoreRanking([], is("z")).reciprocalRank).toBe(0);
	});

	it("takes a pod for its service, and no other service that begins alike", () => {
		expect(standsFor("pay", "pay")).toBe(true);
		expect(standsFor("pay-866bd68c97-xcqfx", "pay")).toBe(true);
		expect(standsFor("pay-0", "pay")).toBe(true);
		expect(standsFor("pay-gateway", "pay")).toBe(false);
		expect(standsFor("payments-0", "pay")).toBe(false);
	});
});

const report = (over: Partial<Judged> = {}): Judged => ({
	verdict: "incident",
	confidence: "confirmed",
	category: "network",
	rootCauses: [{ resource: "pay", score: 1, signals: [], reason: "" }],
	change: null,
	...over,
});
const change = (id: string, commitId?: string): Judged["change"] => ({
	id,
	...(commitId === undefined ? {} : { commitId }),
	title: "",
	confidence: "likely",
	reason: "",
	evidence: [],
});
const truth = (value: unknown): Truth => Truth.parse(value);

describe("scoreReport", () => {
	const culprit = truth({ rootCauses: [{ service: "pay", changeId: "0123456789abcdef" }], category: "network", decoys: ["deploy-7"] });

	it("marks cause, verdict and category", () => {
		expect(scoreReport(report(), culprit)).toMatchObject({ ac1: 1, mrr: 1, verdict: 1, category: 1, specificity: null, right: 1 });
		expect(scoreReport(report({ category: "traffic", rootCauses: [] }), culprit)).toMatchObject({ ac1: 0, mrr: 0, category: 0, right: 0 });
	});

	it("judges a change by its commit, of which seven characters are enough", () => {
		expect(scoreReport(report({ change: change("deploy-9", "0123456") }), culprit)).toMatchObject({ change: 1, decoy: 0 });
		expect(scoreReport(report({ change: change("deploy-9", "012345") }), culprit)).toMatchObject({ change: 0, decoy: 0 });
		expect(scoreReport(report({ change: change("deploy-7") }), culprit)).toMatchObject({ change: 0, decoy: 1 });
		expect(scoreReport(report(), culprit)).toMatchObject({ change: 0, decoy: 0 });
	});

	it("expects no change where none is to blame, and says nothing where the truth does not", () => {
		expect(scoreReport(report(), truth({ noChange: true }))).toMatchObject({ change: 1, decoy: null, ac1: null, right: null });
		expect(scoreReport(report({ change: change("x") }), truth({ noChange: true })).change).toBe(0);
		expect(scoreReport(report(), truth({})).change).toBeNull();
	});

	it("marks healthy captures by the verdict alone", () => {
		const healthy = truth({ healthy: true, category: "healthy", rootCauses: [{ service: "pay" }] });
		expect(scoreReport(report(), healthy)).toMatchObject({ verdict: 0, specificity: 0, category: 0, ac1: null, right: 0 });
		expect(scoreReport(report({ verdict: "no-incident" }), healthy)).toMatchObject({ verdict: 1, specificity: 1, category: 1, right: 1 });
	});

	it("takes an error for a miss in all that the truth knows", () => {
		const none = truth({ noChange: true, rootCauses: [{ service: "pay" }], category: "network" });
		expect(scoreReport(undefined, none)).toMatchObject({ ac1: 0, ac5: 0, mrr: 0, verdict: 0, category: 0, change: 0, confidence: null });
		expect(scoreReport(undefined, truth({ healthy: true }))).toMatchObject({ verdict: 0, specificity: 0 });
	});
});

describe("summarise", () => {
	const pay = truth({ rootCauses: [{ service: "pay" }] });
	const row = (id: string, ms: number, of: Judged | undefined, by: Truth = pay): EvaluatedCapture => ({
		id,
		ms,
		score: scoreReport(of, by),
	});

	it("means over what is known, calibrates per class, and takes nearest-rank percentiles", () => {
		const summary = summarise([
			row("right", 10, report()),
			row("wrong", 20, report({ rootCauses: [{ resource: "web", score: 1, signals: [], reason: "" }] })),
			row("unsure", 30, report({ confidence: "inconclusive" })),
			row("untold", 40, report({ confidence: "likely" }), truth({})),
			row("healthy", 50, report({ verdict: "no-incident", confidence: "likely" }), truth({ healthy: true })),
			{ ...row("failed", 60, undefined), error: "INTERNAL: it broke" },
		]);
		expect(summary).toMatchObject({ captures: 6, errors: 1, p50Ms: 30, p95Ms: 60 });
		expect(summary.figures).toMatchObject({ ac1: 0.5, mrr: 0.5, verdict: 5 / 6, specificity: 1, change: null, decoy: null });
		expect(summary.calibration).toEqual({
			confirmed: { reports: 2, judged: 2, right: 0.5 },
			likely: { reports: 2, judged: 1, right: 1 },
			inconclusive: { reports: 1, judged: 1, right: 1 },
		});
	});

	it("has nothing to say of nothing", () => {
		expect(summarise([])).toMatchObject({ captures: 0, p50Ms: null, figures: { ac1: null }, calibration: { likely: { right: null } } });
	});
});
