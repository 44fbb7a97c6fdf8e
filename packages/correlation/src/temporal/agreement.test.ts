import { expect, it } from "vitest";
import { agreementWords, onsetAgreement, orderAgreement } from "./agreement.ts";

it("is surer of an onset the more estimates lie near it", () => {
	expect(onsetAgreement(1000, [], 10).confidence).toBe(0.5);
	expect(onsetAgreement(1000, [995, 1010, 1200], 10)).toEqual({ agreeing: 2, of: 3, confidence: 0.6 });
	expect(onsetAgreement(1000, [1000, 1000, 1000, 1000], 10).confidence).toBeGreaterThan(onsetAgreement(1000, [1000], 10).confidence);
	expect(onsetAgreement(1000, [0, 0], 10).confidence).toBe(0.25);
});

it("says who was first where most of the tests and onsets do", () => {
	const leads = { lag: 2, confidence: 1, votes: ["correlation", "Granger"] };
	expect(orderAgreement(leads, [[100, 160]], 30)).toEqual({ first: "x", agreeing: 3, of: 3, confidence: 0.8 });
	expect(orderAgreement(undefined, [[160, 100]], 30)).toMatchObject({ first: "y", of: 1 });
	expect(orderAgreement(leads, [[160, 100]], 30)).toMatchObject({ first: "x", agreeing: 2, of: 3, confidence: 0.6 });
});

it("says nothing of onsets within one step, or where as many say the other", () => {
	expect(orderAgreement(undefined, [[100, 120]], 30)).toBeUndefined();
	expect(orderAgreement(undefined, [[100, undefined]], 30)).toBeUndefined();
	expect(orderAgreement({ lag: -1, confidence: 1, votes: ["Granger"] }, [[100, 160]], 30)).toBeUndefined();
	expect(agreementWords({ agreeing: 3, of: 4, confidence: 2 / 3 })).toBe("3 of 4 agree, confidence 0.67");
});
