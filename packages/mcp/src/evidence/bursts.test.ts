import { describe, expect, it } from "vitest";
import { compareTemplates, countPerMinute, lineTemplate } from "./bursts.ts";

const T0 = Date.parse("2026-06-19T09:00:00Z");
const line = (minute: number, text: string, count = 1) => ({ time: T0 + minute * 60_000, text, count, severity: 9 });

describe("kinds of lines", () => {
	it.each([
		["order 17 took 3.5 ms", "order <*> took <*> ms"],
		["2026-06-19T09:00:00.123Z GET /a/5f0c9d3e2b1a from 10.0.0.7:5432", "<*> GET /a/<*> from <*>"],
		['user "mia" not found', "user <*> not found"],
		["trace 0af76519-16cd-43dd-8448-eb211c80319c done", "trace <*> done"],
	])("%s is %s", (text, template) => expect(lineTemplate(text)).toBe(template));

	it("are compared with the window before: new and grown ones first, sums kept", () => {
		const current = [line(0, "order 1 ok"), line(1, "order 2 ok"), line(2, "db refused 5", 7), line(3, "db refused 6")];
		const rows = compareTemplates(current, [line(-1, "order 9 ok"), line(-2, "gone")]);
		expect(rows.map((r) => [r.template, r.count, r.before, r.isNew])).toEqual([
			["db refused <*>", 8, 0, true],
			["order <*> ok", 2, 1, false],
		]);
		expect(rows[0]).toMatchObject({ firstSeen: "2026-06-19T09:02:00.000Z", lastSeen: "2026-06-19T09:03:00.000Z" });
	});
});

it("counts per minute tell empty minutes as well, and lose none", () => {
	const counts = countPerMinute([line(0, ""), line(0.5, "", 2), line(2, ""), line(3, "")], T0, T0 + 180_000);
	expect(counts.map((c) => c.count)).toEqual([3, 0, 1]);
	expect(counts[2]?.time).toBe("2026-06-19T09:02:00.000Z");
});
