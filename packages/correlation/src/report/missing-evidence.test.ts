import { describe, expect, it } from "vitest";
import { createSituation } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";
import { alert, analyse, at, evidence, level, log, series, templatesOf, trace } from "../testing/evidence.ts";
import { missingEvidence } from "./missing-evidence.ts";

const lacks = (more: Parameters<typeof evidence>[0], seen = true): string =>
	missingEvidence(createSituation(evidence(more), templatesOf(evidence(more))), { seen } as Moment, []).join("; ");

describe("missingEvidence", () => {
	it("names each source that is not there", () => {
		expect(lacks({ signals: [log(0, "web", "hello")] })).toMatch(/no traces.*no calls are known.*no metrics.*no changes are known/);
		const traced = { signals: [...trace(0, ["web", "GET /", 9, "OK", [["store", "read", 5, "OK"]]]), log(0, "web", "hello")] };
		expect(lacks(traced)).not.toMatch(/no traces|no calls|no logs:/);
		expect(lacks({ ...traced, series: [series("web", "latency", level(60, 5))] }, false)).toContain("a healthy time before it");
	});

	it("is told by a report that is inconclusive, and by no other", () => {
		const { analysis } = analyse(evidence({ signals: [alert(3, "web", "ErrorRatioHigh")], alertTime: at(3) }));
		expect(analysis.confidence).toBe("inconclusive");
		expect(analysis.doubts.filter((d) => d.startsWith("missing: "))).not.toEqual([]);
		const quiet = analyse(evidence({ signals: [log(0, "web", "hello")] })).analysis;
		expect(quiet.doubts.filter((d) => d.startsWith("missing: "))).toEqual([]);
	});
});
