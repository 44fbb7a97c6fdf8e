import type { ChangeDetail, EvidenceSet, Signal } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { dedupeSignals, normalise } from "./normalise.ts";
import { groupTemplates } from "./templates.ts";

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

describe("stack traces that came line by line", () => {
	const at = (ms: number, body: string, more: Partial<Signal> = {}) =>
		signal("k", `2026-06-19T09:00:00.${ms}Z`, { id: `${ms}`, body, ...more });
	const TRACE = ["ERROR cannot pay", "a.IOException: gone", "\tat a.B.c(B.java:1)", "\tat a.B.d(B.java:2)"];
	const fold = (...signals: Signal[]) =>
		normalise({
			...{ id: "c", title: "c", window: { from: "", to: "" }, series: [], baselineSeries: [], coverage: [] },
			topology: { nodes: [], edges: [] },
			signals,
		}).signals;

	it("are one record, under the first line's id, with every line", () => {
		const lines = TRACE.map((line, i) => at(100 + i, line, { severity: i === 0 ? 17 : 0, redactions: 1, attributes: { [`k${i}`]: i } }));
		const [before, trace, after, ...rest] = fold(at(99, "INFO start"), ...lines, at(105, "INFO done"));
		expect([before?.body, after?.body, rest]).toEqual(["INFO start", "INFO done", []]);
		expect(trace).toMatchObject({ id: "100", body: TRACE.join("\n"), severity: 17, count: 1, redactions: 4, attributes: { k0: 0, k3: 3 } });
	});

	it("are found under another thread's line, and in whatever order records come", () => {
		const lines = [...TRACE.slice(0, 3).map((line, i) => at(100 + i, line)), at(103, "09:00:00 INFO other"), at(104, TRACE[3] ?? "")];
		expect(
			fold(...lines.toReversed())
				.map((s) => s.body)
				.sort(),
		).toEqual(["09:00:00 INFO other", TRACE.join("\n")]);
	});

	it.each<[string, (i: number) => Partial<Signal>]>([
		["of two resources", (i) => ({ resource: `pod-${i % 2}` })],
		["of one resource in two stores", (i) => ({ source: `s${i % 2}` })],
		["of an unknown resource", () => ({ resource: "unknown" })],
		["far apart in time", (i) => ({ time: `2026-06-19T09:00:${10 + 2 * i}Z` })],
		["of two requests", (i) => ({ traceId: `t${i % 2}` })],
	])("stay as they are: lines %s", (_, more) => {
		const lines = TRACE.slice(1, 3).map((line, i) => at(100 + i, line, more(i)));
		expect(fold(...lines).map((s) => s.body)).toEqual(TRACE.slice(1, 3));
	});

	it("are grouped by what they say, not by their frames", () => {
		const traces = [1, 2].flatMap((n) => TRACE.map((line, i) => at(100 * n + i, line.replace("B.java", `B${n}.java`))));
		const { signals } = { signals: fold(...traces) };
		const groups = groupTemplates({ signals } as EvidenceSet);
		expect(signals.map((s) => groups.text(groups.of(s.id) ?? ""))).toEqual(Array(2).fill("ERROR cannot pay a.IOException: gone"));
	});
});

describe("dedupeSignals", () => {
	it("leaves lines and alerts to be matched when their templates are known", () => {
		const seen = ["cloudwatch", "kubernetes"].flatMap((source) => [
			signal(source, "2026-06-19T09:00:00Z"),
			signal(source, "2026-06-19T09:00:00Z", { kind: "alert" }),
		]);
		expect(dedupeSignals(seen)).toEqual(seen);
	});

	it("makes one of a platform's event that two sources tell, and says who else told it", () => {
		const event = { reporter: "kubernetes", reason: "Killing", object: { kind: "Pod", name: "web-1" } };
		const seen = ["cloudwatch", "kubernetes"].map((source) => signal(source, "2026-06-19T09:00:00Z", { kind: "event", event }));
		expect(dedupeSignals(seen)).toMatchObject([{ source: "cloudwatch", seenBy: [{ source: "kubernetes", reason: "same event" }] }]);
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
