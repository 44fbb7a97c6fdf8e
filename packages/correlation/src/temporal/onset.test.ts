import { describe, expect, it } from "vitest";
import { callsOf, createSituation, locateOnset } from "../index.ts";
import { alert, at, evidence, level, NOON, series, templatesOf } from "../testing/evidence.ts";

const errors = series("db", "error_ratio", [...level(60, 0.01), ...level(15, 0.4)]);

function onsetOf(more: Parameters<typeof evidence>[0]) {
	const set = evidence({ series: [errors], ...more });
	const situation = createSituation(set, templatesOf(set));
	return locateOnset(situation, callsOf(situation));
}

describe("locateOnset", () => {
	it("looks before the page, and not before a rule that fired for nothing long before it", () => {
		const early = alert(-40, "web", "DiskAlmostFull");
		const { onset, alertAt, seen } = onsetOf({ signals: [early, alert(4, "web", "HighErrorRate")], alertTime: at(4) });
		expect({ onset, alertAt, seen }).toEqual({ onset: NOON, alertAt: NOON + 240_000, seen: true });
	});

	it("goes by the first rule that fired where nobody says when someone was paged", () => {
		expect(onsetOf({ signals: [alert(4, "web", "HighErrorRate"), alert(9, "web", "StillHigh")] }).alertAt).toBe(NOON + 240_000);
	});

	it("sees a change within the window before a far value of another day", () => {
		const sparse = (i: number) => (i % 9 === 1 || i % 9 === 2 ? 0.002 : 0);
		const now = series("db", "error_ratio", [...Array.from({ length: 60 }, (_, i) => sparse(i)), ...level(15, 0.4)]);
		const before = {
			...series(
				"db",
				"error_ratio",
				Array.from({ length: 200 }, (_, i) => sparse(i)),
				-1500,
			),
			id: "earlier",
		};
		expect(onsetOf({ series: [now], baselineSeries: [before], alertTime: at(4) })).toMatchObject({ onset: NOON, seen: true });
	});

	it("sees that the whole window is off by another day", () => {
		const now = series("db", "latency_ms", level(75, 900));
		const before = { ...series("db", "latency_ms", level(200, 100), -1500), id: "earlier" };
		expect(onsetOf({ series: [now], baselineSeries: [before], alertTime: at(-55) })).toMatchObject({ onset: NOON - 3_600_000, seen: true });
	});
});
