import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitCountVectors } from "./count-vector.ts";
import { type CountForm, countEvents, createEventNumbers, distinctForms, mostFrequentFirst } from "./session-counts.ts";

/** The distances of the formula at the top of count-vector.ts, event by event. */
function byHand(forms: readonly CountForm[], session: CountForm["counts"]): { plain: number; weighted: number }[] {
	const total = forms.reduce((sum, form) => sum + form.sessions, 0);
	const amount = ({ events, counts }: CountForm["counts"], event: number): number => Math.log2(1 + (counts[events.indexOf(event)] ?? 0));
	const having = (event: number): CountForm[] => forms.filter(({ counts }) => counts.events.includes(event));
	const w = (event: number): number => Math.log((total + 1) / (having(event).reduce((sum, f) => sum + f.sessions, 0) + 1)) + 0.1;
	const v = (event: number): number => {
		const values = having(event).flatMap(({ counts, sessions }) => new Array<number>(sessions).fill(amount(counts, event)));
		const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
		return 1 / (1 + 4 * Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length));
	};
	return forms.map(({ counts }) => {
		const distance = (weight: (event: number) => number): number => {
			let [apart, most] = [0, 0];
			for (const event of new Set([...session.events, ...counts.events])) {
				const [a, b] = [amount(session, event), amount(counts, event)];
				apart += weight(event) * (a > 0 && b > 0 ? v(event) : 1) * Math.abs(a - b);
				most += weight(event) * Math.max(a, b);
			}
			return apart < 1e-12 ? 0 : apart / most;
		};
		return { plain: distance(() => 1), weighted: distance(w) };
	});
}

const events = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 8 });

describe("fitCountVectors", () => {
	it("finds the distances of the formula, by lists of events", () => {
		fc.assert(
			fc.property(fc.array(events, { minLength: 1, maxLength: 20 }), events, (all, one) => {
				const numbers = createEventNumbers();
				const { forms } = distinctForms(all.map((of) => countEvents({ id: "", events: of }, numbers)));
				const session = countEvents({ id: "", events: one }, numbers);
				const vectors = fitCountVectors(forms);
				const expected = byHand(forms, session);
				const [plain, weighted] = [Math.min(...expected.map((d) => d.plain)), Math.min(...expected.map((d) => d.weighted))];
				expect(vectors.nearest(session).distance).toBeCloseTo(weighted === 0 ? 0 : Math.max(plain, weighted), 9);
				const sorted = expected.flatMap((d, i) => new Array<number>(forms[i]?.sessions ?? 0).fill(d.weighted)).sort((a, b) => a - b);
				const wanted = [1, Math.ceil(all.length / 2), all.length];
				const reach = vectors.reach(session, [...wanted, all.length + 1]);
				for (const [i, n] of wanted.entries()) expect(reach[i]).toBeCloseTo(sorted[n - 1] as number, 9);
				expect(reach[3]).toBe(1);
			}),
		);
	});

	it("compares with the forms that it is told to, and knows events from all of them", () => {
		const numbers = createEventNumbers();
		const { forms } = distinctForms([["a"], ["a"], ["b"], ["c"], ["d"], ["e"]].map((of) => countEvents({ id: "", events: of }, numbers)));
		const ordered = mostFrequentFirst(forms, 3);
		expect(ordered.map(({ counts }) => numbers.name(counts.events[0] as number))).toEqual(["a", "b", "d", "c", "e"]);
		const vectors = fitCountVectors(ordered, 3);
		expect(vectors.compared).toBe(4);
		const e = countEvents({ id: "", events: ["e"] }, numbers);
		expect(vectors.nearest(e).distance).toBe(1);
		expect(vectors.rarity(e).sessions).toBe(1);
	});
});
