import type { ChangeDetail, Signal } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { dedupeSignals, normalise } from "./normalise.ts";

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

describe("normalise", () => {
	const KEY = "AKIAIOSFODNN7EXAMPLE";
	const time = "2026-06-19T09:00:00Z";
	const clean = (one: Signal) =>
		normalise({
			...{ id: "c", title: "c", window: { from: time, to: time }, series: [], baselineSeries: [], coverage: [] },
			topology: { nodes: [], edges: [] },
			signals: [one],
		}).signals[0] as Signal;

	it.each([
		["a log", signal("capture", time, { body: `password=hunter2 ${KEY}` }), 2],
		["a change", change("capture", time, { title: `rotate ${KEY}`, diff: `+key: ${KEY}` }), 2],
		["an alert", signal("capture", time, { kind: "alert", alert: { name: KEY, summary: KEY, description: KEY } }), 3],
		["a span", signal("capture", time, { kind: "span", span: { name: `GET /?k=${KEY}`, durationMs: 1 } }), 1],
	])("takes the secrets out of %s that no source has looked through", (_, one, count) => {
		const found = clean(one);
		expect(JSON.stringify(found)).not.toMatch(/AKIA|hunter2/);
		expect(found.redactions).toBe(count);
	});

	it("leaves a record without secrets as it is", () => {
		const one = signal("capture", time);
		expect(clean(one)).toBe(one);
	});
});

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
