import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { fitIqr } from "./iqr.ts";
import { fitRobustZ } from "./robust-z.ts";
import { drawNormal } from "./testing/draw-set.ts";
import { fitValueVotes, poissonScale } from "./value-votes.ts";
import { isAnomalous, type Vote } from "./vote.ts";
import { fitZScore } from "./z-score.ts";

const anomalous = (votes: Vote[]): number => votes.filter(isAnomalous).length;

/** Knuth's multiplication method. */
function poisson(random: () => number, mean: number): number {
	let k = 0;
	for (let p = random(); p > Math.exp(-mean); p *= random()) k++;
	return k;
}

describe("votes on values", () => {
	it("say what was seen against what, in deviations, with the limit", () => {
		const random = seededRandom(1);
		const judge = fitValueVotes(
			Array.from({ length: 60 }, () => 14 + drawNormal(random)),
			{ unit: "/min" },
		);
		const [z, robust, iqr] = judge(212) as [Vote, Vote, Vote];
		expect(z.evidence).toMatch(/^212\/min against 1[34]\.?\d?\/min \(mean of 60 values\), \d+ standard deviations, limit [\d.]+$/);
		expect(robust.evidence).toMatch(/^212\/min against .*\/min \(median of 60 values\), \d+ robust deviations, limit [\d.]+$/);
		expect(iqr.evidence).toMatch(/^212\/min, \d+ times their distance above the quartiles 1\S+\/min and 1\S+\/min/);
		expect(anomalous([z, robust, iqr])).toBe(3);
		expect(z.score).toBeGreaterThan(0.99);
		expect(anomalous(judge(14.5))).toBe(0);
		expect(anomalous(judge(-100))).toBe(3);
	});

	it("keep quiet on healthy counts, however few they are and however steady the baseline happened to be", () => {
		for (const mean of [0.05, 0.5, 4, 40]) {
			const random = seededRandom(mean * 100);
			let alarms = 0;
			for (let run = 0; run < 60; run++) {
				const baseline = Array.from({ length: 30 }, () => poisson(random, mean));
				const judge = fitValueVotes(baseline, { kind: "count" });
				for (let i = 0; i < 20; i++) if (anomalous(judge(poisson(random, mean))) >= 2) alarms++;
			}
			expect(alarms / 1_200).toBeLessThan(0.01);
		}
	});

	it("see a burst of counts over none, and over many", () => {
		expect(anomalous(fitValueVotes(new Array(30).fill(0), { kind: "count" })(12))).toBe(3);
		expect(anomalous(fitValueVotes(new Array(30).fill(0), { kind: "count" })(1))).toBe(0);
		expect(anomalous(fitValueVotes(new Array(30).fill(100), { kind: "count" })(115))).toBe(0);
		expect(anomalous(fitValueVotes(new Array(30).fill(100), { kind: "count" })(190))).toBe(3);
	});

	it("know what a rate was counted over", () => {
		expect(poissonScale([100, 100, 100], { kind: "count" })).toBe(10);
		expect(poissonScale([4, 4, 4], { kind: "rate", exposure: 25 })).toBeCloseTo(10 / 25, 9);
		expect(poissonScale([4, 4, 4], {})).toBe(0);
	});

	it("leave gaps out and say so; do not judge by too little, nor what is no number", () => {
		const judge = fitValueVotes([1, Number.NaN, 2, 3, Number.POSITIVE_INFINITY, 2, 1]);
		expect(judge(2)[1]?.evidence).toContain("(median of 5 values, 2 gaps left out)");
		expect(judge(Number.NaN)[0]).toMatchObject({ score: 0, evidence: "no value to judge" });
		const [vote] = fitValueVotes([1, 2, 3])(500) as [Vote];
		expect(vote).toMatchObject({ score: 0, raw: 0, evidence: "a baseline of 3 values is too short to judge by" });
		expect(isAnomalous(vote)).toBe(false);
		expect(fitValueVotes([])(1)[0]?.evidence).toContain("0 values");
	});

	it("do not shout at noise on a constant, and see it move", () => {
		const judge = fitValueVotes(new Array(40).fill(100));
		expect(anomalous(judge(100.5))).toBe(0);
		expect(anomalous(judge(120))).toBe(3);
	});

	it("stand the largest numbers", () => {
		const judge = fitValueVotes(Array.from({ length: 40 }, (_, i) => 1e300 + i * 1e298));
		for (const vote of [...judge(1.2e300), ...judge(-1e300)]) expect(Number.isFinite(vote.raw)).toBe(true);
		expect(anomalous(judge(-1e300))).toBe(3);
	});
});

describe("z, robust z and IQR of a baseline with gaps", () => {
	it("are those of its numbers", () => {
		const [plain, gapped] = [
			[5, 1, 9, 4],
			[5, Number.NaN, 1, 9, Number.NEGATIVE_INFINITY, 4],
		];
		for (const fit of [fitZScore, fitRobustZ, fitIqr]) expect(fit(gapped!).score(20)).toBeCloseTo(fit(plain!).score(20), 12);
	});
});
