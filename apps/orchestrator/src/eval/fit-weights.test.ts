import { EVIDENCE, type Evidence, FACE_VALUE, scoreOf } from "@faultline/correlation";
import { describe, expect, it } from "vitest";
import { accuracy, type FitCase, fitWeights, learn } from "./fit-weights.ts";

const candidate = (name: string, evidence: Partial<Record<Evidence, number>>, right = false): FitCase["candidates"][number] => ({
	candidate: name,
	evidence: new Map(Object.entries(evidence) as [Evidence, number][]),
	followed: undefined,
	right,
});

/** The one to blame takes another path; its victims are slow, and more strongly so. */
const misled = (set: string): FitCase => ({
	set,
	candidates: [candidate("a", { path: 0.8 }, true), candidate("b", { slow: 0.9 }), candidate("c", { slow: 0.4 })],
});
/** The one to blame is slow, and its victims take other paths. */
const contrary = (set: string): FitCase => ({
	set,
	candidates: [candidate("a", { slow: 0.8 }, true), candidate("b", { path: 0.9 })],
});
const times = (n: number, make: () => FitCase): FitCase[] => Array.from({ length: n }, make);

describe("learn", () => {
	it("stays at face value where nothing is learned", () => {
		expect(learn([])).toEqual(FACE_VALUE);
		expect(learn([{ set: "s", candidates: [candidate("a", {}, true), candidate("b", {})] }])).toEqual(FACE_VALUE);
	});

	it("raises what points at the cause, lowers what misleads, and leaves the rest alone", () => {
		const weights = learn(times(20, () => misled("s")));
		expect(weights.path).toBeGreaterThan(FACE_VALUE.path);
		expect(weights.slow).toBeLessThan(FACE_VALUE.slow);
		expect(weights.slow).toBeGreaterThanOrEqual(0);
		expect(weights.words).toBe(FACE_VALUE.words);
	});

	it("is climbed to the top: no step to either side makes what happened likelier", () => {
		const cases = [...times(6, () => misled("s")), ...times(2, () => contrary("s"))];
		const weights = learn(cases);
		const posterior = (at: typeof weights): number =>
			cases.reduce((sum, { candidates }) => {
				const nats = candidates.map((c) => -3 * Math.log(1 - scoreOf(c, at)));
				const all = Math.log(nats.reduce((s, x) => s + Math.exp(x), 0));
				return sum + (nats[candidates.findIndex((c) => c.right)] as number) - all;
			}, 0) - EVIDENCE.reduce((sum, k) => sum + 4 * (at[k] - FACE_VALUE[k]) ** 2, 0);
		for (const k of ["path", "slow"] as const)
			for (const d of [-0.1, 0.1]) expect(posterior({ ...weights, [k]: weights[k] + d })).toBeLessThan(posterior(weights));
	});

	it("hears a small set as loudly as a large one", () => {
		const weights = learn([...times(40, () => misled("large")), ...times(4, () => contrary("small"))]);
		expect(Math.abs(weights.path - weights.slow)).toBeLessThan(0.35);
	});
});

describe("fitWeights", () => {
	it("marks each set by weights that have not seen it", () => {
		const { sets } = fitWeights([...times(10, () => misled("one")), ...times(10, () => contrary("two"))], FACE_VALUE);
		expect(sets.map((s) => [s.set, s.captures, s.faceValue, s.leftOut])).toEqual([
			["one", 10, [0, 1, 1], [0, 1, 1]],
			["two", 10, [0, 1, 1], [0, 1, 1]],
		]);
		const alike = fitWeights([...times(10, () => misled("one")), ...times(10, () => misled("two"))], FACE_VALUE);
		expect(alike.sets.map((s) => [s.faceValue[0], s.leftOut[0]])).toEqual([
			[0, 1],
			[0, 1],
		]);
	});

	it("shares a tie", () => {
		const tied: FitCase = { set: "s", candidates: [candidate("a", { path: 1 }, true), candidate("b", { path: 1 })] };
		expect(accuracy([tied], FACE_VALUE)).toEqual([0.5, 1, 1]);
	});
});
