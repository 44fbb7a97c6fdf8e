import { seededRandom } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectTemplateAnomalies, type TemplateOccurrence } from "./template-anomalies.ts";

const HOUR = 3_600_000;
const from = 2 * HOUR;
const to = 3 * HOUR;

/** A template that is seen about `perHour` times in each hour. */
function steady(templateId: string, perHour: number, begin: number, end: number, severity = 9): TemplateOccurrence[] {
	const random = seededRandom(templateId.length + perHour);
	return Array.from({ length: Math.round((perHour * (end - begin)) / HOUR) }, () => ({
		templateId,
		severity,
		service: "web",
		time: begin + Math.floor(random() * (end - begin)),
	}));
}

describe("detectTemplateAnomalies", () => {
	it("is silent where nothing changed, errors included", () => {
		const calm = [...steady("tick", 600, 0, to), ...steady("noisy", 120, 0, to, 17)];
		expect(detectTemplateAnomalies(calm, { from, to })).toEqual([]);
	});

	it("finds what is new", () => {
		const [found, ...others] = detectTemplateAnomalies(
			[...steady("tick", 600, 0, to), { templateId: "boom", time: from + 600_000, severity: 17, service: "db" }],
			{ from, to },
		);
		expect(others).toEqual([]);
		expect(found).toMatchObject({
			templateId: "boom",
			service: "db",
			changes: ["new", "error"],
			onset: from + 600_000,
			count: 1,
			baselineCount: 0,
			score: 0.75,
		});
		expect(found?.votes[0]).toBe("first seen 02:10:00, 0 times in the 2 h before");
	});

	it("finds a burst and when it began", () => {
		const burst = steady("retry", 3_000, from + 30 * 60_000, from + 40 * 60_000);
		const [found] = detectTemplateAnomalies([...steady("retry", 60, 0, to), ...burst], { from, to });
		expect(found).toMatchObject({ changes: ["burst"], onset: from + 30 * 60_000 });
	});

	it("finds a heartbeat that stopped", () => {
		const [found] = detectTemplateAnomalies(steady("heartbeat", 120, 0, from), { from, to });
		expect(found).toMatchObject({ changes: ["disappeared"], count: 0 });
		expect(found?.onset).toBeLessThan(from);
	});

	it("finds a level that rose", () => {
		const [found] = detectTemplateAnomalies([...steady("sync", 60, 0, from), ...steady("sync", 60, from, to, 21)], { from, to });
		expect(found).toMatchObject({ changes: ["error"], severity: 21 });
	});

	it("keeps services apart", () => {
		const elsewhere = steady("boom", 60, 0, to).map((o) => ({ ...o, service: "other" }));
		expect(
			detectTemplateAnomalies([...elsewhere, { templateId: "boom", time: from, severity: 9, service: "web" }], { from, to }),
		).toMatchObject([{ service: "web", changes: ["new"] }]);
	});

	it("calls nothing new without a baseline, and lets rarity and errors speak", () => {
		const found = detectTemplateAnomalies([...steady("tick", 600, from, to), { templateId: "boom", time: from, severity: 17 }], {
			from,
			to,
		});
		expect(found).toMatchObject([{ templateId: "boom", changes: ["error"] }]);
	});

	it("counts what a record stands for, and leaves out what is outside", () => {
		const [found] = detectTemplateAnomalies(
			[
				{ templateId: "x", time: from, severity: 9, count: 5 },
				{ templateId: "x", time: to, severity: 9 },
				{ templateId: "y", time: 0, severity: 9 },
			],
			{ from, to, baselineFrom: HOUR },
		);
		expect(found).toMatchObject({ templateId: "x", count: 5, baselineCount: 0 });
	});

	it("scores in [0, 1], highest first, whatever it is given", () => {
		const occurrence = fc.record({
			templateId: fc.constantFrom("a", "b", "c"),
			time: fc.integer({ min: 0, max: to + HOUR }),
			severity: fc.integer({ min: 0, max: 24 }),
			count: fc.integer({ min: 1, max: 1000 }),
		});
		fc.assert(
			fc.property(fc.array(occurrence, { maxLength: 100 }), (occurrences) => {
				const scores = detectTemplateAnomalies(occurrences, { from, to, minScore: 0 }).map((a) => a.score);
				expect(scores).toEqual([...scores].sort((a, b) => b - a));
				for (const score of scores) expect(score >= 0 && score <= 1).toBe(true);
			}),
		);
	});
});
