import type { ChangeDetail, Signal } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { dedupeSignals } from "./normalise.ts";

const signal = (source: string, time: string, more: Partial<Signal> = {}): Signal => ({
	...{
		id: `${source}:${time}`,
		source,
		kind: "log",
		time,
		severity: 9,
		service: "web",
		resource: "web",
		body: "started",
		attributes: {},
		count: 1,
		redactions: 0,
	},
	...more,
});
const change = (source: string, time: string, detail: Partial<ChangeDetail>): Signal =>
	signal(source, time, { kind: "change", change: { type: "config", id: "abc", title: "shorter timeout", ...detail } });

describe("dedupeSignals", () => {
	it("makes one of a line that three sources saw, and keeps two equal lines of one source", () => {
		const times = ["2026-06-19T09:00:00.1Z", "2026-06-19T09:00:00.2Z"];
		const seen = ["cloudwatch", "kubernetes", "sentry"].flatMap((source) => times.map((time) => signal(source, time)));
		expect(dedupeSignals(seen).map((s) => s.id)).toEqual(["cloudwatch:2026-06-19T09:00:00.1Z", "cloudwatch:2026-06-19T09:00:00.2Z"]);
	});

	it("makes one of a configuration's delivery and its commit, with what each knows", () => {
		const merged = dedupeSignals([
			change("kubernetes", "2026-06-19T09:00:00Z", { commitId: "abc" }),
			change("grafana", "2026-06-19T09:00:00.5Z", { commitId: "abc", author: "A" }),
			change("sentry", "2026-06-19T09:00:00.5Z", { type: "commit", diff: "-3000 +100", files: ["config.json"] }),
		]);
		expect(merged.map((s) => s.change)).toEqual([
			{ type: "config", id: "abc", commitId: "abc", title: "shorter timeout", author: "A", diff: "-3000 +100", files: ["config.json"] },
		]);
	});

	it("keeps a deploy and its commit apart", () => {
		const both = [
			change("kubernetes", "2026-06-19T09:00:00Z", { type: "deploy", id: "deploy-1", commitId: "abc" }),
			change("sentry", "2026-06-19T09:00:00Z", { type: "commit" }),
		];
		expect(dedupeSignals(both)).toHaveLength(2);
	});
});
