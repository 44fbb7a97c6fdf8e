import { AppError, seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { detectSessions } from "../detect-sessions.ts";
import { fitBatchEnsemble, naturalBreak } from "./batch-ensemble.ts";
import { fitEnsemble } from "./calibrated-ensemble.ts";
import { newRegimes } from "./new-regime.ts";
import { weightsOf } from "./weights.ts";

const random = seededRandom(5);
const uniform = (n: number): number[] => Array.from({ length: n }, () => random());

describe("fitEnsemble", () => {
	it("calls about as many healthy things anomalous as the risk says, however its members depend on each other", () => {
		const held = uniform(4_000);
		const members = [
			{ weight: 1, held },
			{ weight: 1, held: held.map((x) => x ** 2) },
		];
		const ensemble = fitEnsemble(members, { risk: 0.01 });
		const called = uniform(20_000).filter((x) => ensemble.judge([x, x ** 2]).value > ensemble.limit).length / 20_000;
		expect(called).toBeGreaterThan(0.002);
		expect(called).toBeLessThan(0.02);
	});

	it("learns from the newest of a window only", () => {
		const held = [...new Array<number>(1_000).fill(0.9), ...uniform(1_000).map((x) => x / 10)];
		const [all, newest] = [fitEnsemble([{ weight: 1, held }]), fitEnsemble([{ weight: 1, held }], { window: 1_000 })];
		expect(all.judge([0.5]).value > all.limit).toBe(false);
		expect(newest.judge([0.5]).value > newest.limit).toBe(true);
	});

	it("weighs what is far beyond everything that was held out more than what is just beyond it", () => {
		const ensemble = fitEnsemble([{ weight: 1, held: new Array<number>(50).fill(0) }]);
		expect(ensemble.judge([0.8]).value).toBeGreaterThan(ensemble.judge([0.05]).value + 1);
		expect(ensemble.judge([0]).value).toBe(0);
	});
});

describe("fitBatchEnsemble", () => {
	it("cuts where the few are set apart from the many", () => {
		const values = Float64Array.from([...uniform(970).map((x) => x * 0.1), ...uniform(30).map((x) => 2 + x * 0.1)]);
		const limit = naturalBreak(values);
		expect(values.filter((x) => x > limit)).toHaveLength(30);
	});

	it("lets a detector that found something outvote one that did not", () => {
		const odd = Array.from({ length: 1_000 }, (_, i) => (i < 20 ? 1 : 0));
		const { values, limit } = fitBatchEnsemble([
			{ weight: 1, figures: odd },
			{ weight: 0.5, figures: uniform(1_000) },
		]);
		expect([...values].flatMap((x, i) => (x > limit ? [i] : []))).toEqual(Array.from({ length: 20 }, (_, i) => i));
	});
});

describe("weights", () => {
	it("are those of the regime, less what is disabled", () => {
		expect([...weightsOf("baseline", { weights: { order: 2 }, disabled: ["counts"] })]).toEqual([
			["rare event", 1],
			["order", 2],
		]);
	});

	it.each([
		[{ weights: { nonsense: 1 } }, "nonsense"],
		[{ weights: { order: -1 } }, "-1"],
		[{ disabled: ["rare event", "counts", "order"] }, "no detector is left"],
	])("are refused where they make no sense: %j", (chosen, word) => {
		expect(() => weightsOf("baseline", chosen as Parameters<typeof weightsOf>[1])).toThrow(AppError);
		expect(() => weightsOf("baseline", chosen as Parameters<typeof weightsOf>[1])).toThrow(word);
	});
});

describe("regimes", () => {
	const healthy = (i: number, tail: string[]) => ({ id: String(i), events: ["begin", ...(i % 3 === 0 ? ["step"] : []), "work", ...tail] });
	const baseline = Array.from({ length: 600 }, (_, i) => healthy(i, ["flush", "end"]));

	it("takes what a tenth of the sessions do for a new regime, says so, and still finds the odd one", async () => {
		const input = Array.from({ length: 600 }, (_, i) => healthy(i, i % 8 === 0 ? [] : ["flush", "end"]));
		input[77] = { id: "odd", events: ["begin", "panic"] };
		const notes: string[] = [];
		const verdicts = await Array.fromAsync(detectSessions({ baseline, input, onNote: (note) => void notes.push(note) }));
		expect(verdicts.filter((v) => v.anomalous).map((v) => v.id)).toEqual(["odd"]);
		expect(notes.join()).toContain("taken for a new regime");
		expect(verdicts[0]?.votes[0]).toMatch(/^new regime: \d+ of 600 sessions/);
	});

	it("does not where what is new speaks of a failure", () => {
		const judged = Array.from({ length: 100 }, () => ({ anomalous: true, difference: "x more often", failing: true }));
		expect(newRegimes(judged).size).toBe(0);
		expect(newRegimes(judged.map((one) => ({ ...one, failing: false }))).size).toBe(1);
	});

	it("says that the end of a baseline is not like its begin", async () => {
		const drifting = baseline.map((session, i) => (i < 480 ? session : { ...session, events: [...session.events, "audit"] }));
		const notes: string[] = [];
		void (await Array.fromAsync(detectSessions({ baseline: drifting, input: [], onNote: (note) => void notes.push(note) })));
		expect(notes).toEqual(['the last 20 % of the baseline differs from the first 80 %: "audit" in 100 % of its sessions, 0 % before']);
	});
});

describe("single lines", () => {
	it("are judged by what they say, and by bursts", async () => {
		const input = Array.from({ length: 1_000 }, (_, i) => ({ id: String(i), events: [i >= 500 && i < 530 ? "disk died" : `ok ${i % 5}`] }));
		const failureOf = (event: string): number => (event === "disk died" ? 0.9 : 0);
		const verdicts = await Array.fromAsync(detectSessions({ baseline: [], input, failureOf }));
		const top = verdicts.toSorted((a, b) => b.score - a.score).slice(0, 30);
		expect(top.every(({ id }) => Number(id) >= 500 && Number(id) < 530)).toBe(true);
		expect(top[0]?.details.map((vote) => vote.detector)).toEqual(["words", "burst", "rare event"]);
		expect(top[0]?.details[0]?.evidence).toBe('words: "disk died" speaks of a failure, 0.90 of 1');
	});

	it("are judged by a network too where there is one, which is asked once", async () => {
		const input = Array.from({ length: 400 }, (_, i) => ({ id: String(i), events: [i % 100 === 7 ? "lease forfeited" : `ok ${i % 5}`] }));
		const asked: string[][] = [];
		const learnedFailureOf = async (events: readonly string[]) => {
			asked.push([...events]);
			return new Map(events.map((event) => [event, event === "lease forfeited" ? 0.95 : 0.01]));
		};
		const verdicts = await Array.fromAsync(detectSessions({ baseline: [], input, learnedFailureOf }));
		expect(asked.map((events) => events.length)).toEqual([6]);
		expect(verdicts.filter((v) => v.anomalous).map(({ id }) => id)).toEqual(["7", "107", "207", "307"]);
		expect(verdicts[7]?.votes.join()).toContain('learned failure: "lease forfeited" reads like a failure, 0.95 of 1');
		const without = await Array.fromAsync(detectSessions({ baseline: [], input, learnedFailureOf: async () => undefined }));
		expect(without[0]?.details.map(({ detector }) => detector)).toEqual(["words", "burst", "rare event"]);
		void (await Array.fromAsync(detectSessions({ baseline: input, input, learnedFailureOf })));
		expect(asked).toHaveLength(1);
	});
});
