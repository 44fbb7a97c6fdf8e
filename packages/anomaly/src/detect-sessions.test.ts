import { seededRandom } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectSessions } from "./detect-sessions.ts";
import { createEventGrams } from "./event-grams.ts";
import { countEvents, createEventNumbers, distinctForms, mostFrequentFirst, type Session } from "./session-counts.ts";

const random = seededRandom(3);
/** A request: begins, does one to three steps, maybe retries, ends. */
const healthy = (i: number): Session => ({
	id: `h${i}`,
	events: [
		"begin",
		...Array.from({ length: 1 + Math.floor(random() * 3) }, () => "step"),
		...(random() < 0.2 ? ["retry"] : []),
		"commit",
		"end",
	],
});
const baseline = Array.from({ length: 400 }, (_, i) => healthy(i));
const judge = (...sessions: string[][]) =>
	Array.fromAsync(
		detectSessions({ baseline, input: sessions.map((events, i) => ({ id: String(i), events })), describe: (e) => `the ${e}` }),
	);

describe("detectSessions with a baseline", () => {
	it("lets healthy sessions pass, in order", async () => {
		const input = Array.from({ length: 100 }, (_, i) => healthy(i));
		const verdicts = await Array.fromAsync(detectSessions({ baseline, input }));
		expect(verdicts.map((v) => v.id)).toEqual(input.map((s) => s.id));
		expect(verdicts.filter((v) => v.anomalous)).toEqual([]);
	});

	it("finds a new event, and says which", async () => {
		const [verdict] = await judge(["begin", "step", "panic", "end"]);
		expect(verdict?.anomalous).toBe(true);
		expect(verdict?.votes[0]).toBe('new event: "the panic", never in the baseline');
	});

	it("finds a missing event, and says how many there should be", async () => {
		const [verdict] = await judge(["begin", "step", "step"]);
		expect(verdict?.anomalous).toBe(true);
		expect(verdict?.votes.join()).toMatch(/counts: distance 0\.\d+ .* 0 times instead of 1/);
	});

	it("finds too many of an event", async () => {
		expect((await judge(["begin", ...new Array<string>(40).fill("retry"), "step", "commit", "end"]))[0]?.anomalous).toBe(true);
	});

	it("finds a wrong order of right counts", async () => {
		const [right, wrong] = await judge(["begin", "step", "step", "commit", "end"], ["commit", "step", "end", "begin", "step"]);
		expect([right?.anomalous, wrong?.anomalous]).toEqual([false, true]);
		expect(wrong?.votes.join()).toMatch(/order: \d+ % of the steps are new, first the begin -> the commit/);
		expect(wrong?.score).toBeGreaterThan(right?.score ?? 1);
	});

	it("does not call new events anomalous where every healthy session has one", async () => {
		const drifting = Array.from({ length: 100 }, (_, i) => ({ id: String(i), events: [...new Array<string>(30).fill("a"), `only-${i}`] }));
		const [verdict] = await Array.fromAsync(
			detectSessions({ baseline: drifting, input: [{ id: "x", events: [...new Array<string>(30).fill("a"), "only-x"] }] }),
		);
		expect(verdict?.anomalous).toBe(false);
	});

	it("judges an empty session, and a baseline of one", async () => {
		expect((await judge([]))[0]?.anomalous).toBe(true);
		const [same, other] = await Array.fromAsync(
			detectSessions({
				baseline: [{ id: "b", events: ["a"] }],
				input: [
					{ id: "1", events: ["a"] },
					{ id: "2", events: ["b"] },
				],
			}),
		);
		expect(same?.score).toBe(0);
		expect(other?.score).toBeGreaterThan(0);
	});

	it("answers once for each session, with scores in [0, 1], whatever it is given", async () => {
		const session = fc.record({ id: fc.string(), events: fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 }) });
		await fc.assert(
			fc.asyncProperty(fc.array(session, { maxLength: 30 }), fc.array(session, { maxLength: 20 }), async (known, input) => {
				const verdicts = await Array.fromAsync(detectSessions({ baseline: known, input }));
				expect(verdicts.map((v) => v.id)).toEqual(input.map((s) => s.id));
				for (const v of verdicts) expect(Number.isFinite(v.score) && v.score >= 0).toBe(true);
			}),
		);
	});
});

describe("detectSessions without a baseline", () => {
	it("finds the rare among the many, and weighs errors", async () => {
		const input = [...Array.from({ length: 200 }, (_, i) => healthy(i)), { id: "odd", events: ["begin", "panic"] }];
		const verdicts = await Array.fromAsync(detectSessions({ baseline: [], input, severityOf: (e) => (e === "panic" ? 17 : 9) }));
		const top = [...verdicts].sort((a, b) => b.score - a.score)[0];
		expect(top).toMatchObject({ id: "odd", anomalous: true });
		expect(top?.votes[0]).toBe('rare: "panic" in 1 of 201 sessions');
	});

	it("finds nothing among equals, and nothing in nothing", async () => {
		const equal = Array.from({ length: 50 }, (_, i) => ({ id: String(i), events: ["a", "b"] }));
		expect((await Array.fromAsync(detectSessions({ baseline: [], input: equal }))).some((v) => v.anomalous)).toBe(false);
		expect(await Array.fromAsync(detectSessions({ baseline: [], input: [] }))).toEqual([]);
	});
});

describe("counts and n-grams", () => {
	it("merges equal count vectors and keeps the most frequent", () => {
		const numbers = createEventNumbers();
		const counts = [["a", "b"], ["b", "a"], ["a"]].map((events) => countEvents({ id: "", events }, numbers));
		const { forms, of } = distinctForms(counts);
		expect([...of]).toEqual([0, 0, 1]);
		expect(mostFrequentFirst(forms, 1)[0]).toEqual({ counts: counts[0], sessions: 2 });
	});

	it("leaves a part of the baseline out where asked", () => {
		const grams = createEventGrams(createEventNumbers());
		grams.learn({ id: "", events: ["a", "b"] }, 0);
		grams.learn({ id: "", events: ["a", "c"] }, 1);
		expect(grams.score({ id: "", events: ["a", "b"] }).share).toBe(0);
		expect(grams.score({ id: "", events: ["a", "b"] }, 0)).toEqual({ share: 2 / 3, first: ["a", "b"] });
	});
});
