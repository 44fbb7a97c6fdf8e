import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EvidenceSet, isAlert, isChange, isEvent, isSpan } from "../index.ts";
import { readCapture, requireNewFolder, writeCapture } from "./index.ts";

let directory: string;

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), "capture-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const manifest = { version: 1, id: "c1", title: "a test", start: "2026-01-01T00:00:00Z", end: "2026-01-01T01:00:00Z" };

async function put(files: Record<string, string | Buffer | object[]>): Promise<void> {
	for (const [name, content] of Object.entries(files)) {
		await writeFile(join(directory, name), Array.isArray(content) ? content.map((r) => JSON.stringify(r)).join("\n") : content);
	}
}

const problemsOf = (evidence: EvidenceSet): string[] => evidence.coverage[0]?.skipped ?? [];

describe("readCapture", () => {
	it("reads every kind of record", async () => {
		await put({
			"capture.json": JSON.stringify({ ...manifest, alertTime: "2026-01-01T00:30:00Z", focus: "web" }),
			"alerts.ndjson": [
				{
					time: "2026-01-01T00:30:00Z",
					name: "HighErrors",
					severity: "critical",
					service: "web",
					threshold: 0.1,
					value: 0.5,
					summary: "errors",
				},
			],
			"logs.ndjson": [
				{
					time: "2026-01-01T00:10:00.123456789Z",
					service: "web",
					pod: "web-1",
					severity: "WARN",
					body: "slow",
					traceId: "t1",
					spanId: "s1",
					attributes: { a: 1 },
				},
			],
			"spans.ndjson": [
				{ time: "2026-01-01T00:11:00Z", traceId: "t1", spanId: "s1", service: "web", name: "GET /", durationMs: 12, status: "ERROR" },
			],
			"events.ndjson": [
				{
					time: "2026-01-01T00:12:00Z",
					source: "kubernetes",
					type: "Warning",
					reason: "BackOff",
					object: { kind: "Pod", namespace: "n", name: "web-1" },
					message: "back-off",
					count: 3000,
				},
			],
			"objects.ndjson": [{ kind: "Pod", name: "web-1", status: { phase: "Running" } }],
			"performance.ndjson": [{ time: "2026-01-01T00:13:00Z", resource: "db", statement: "SELECT 1", calls: 3 }],
			"changes.ndjson": [{ time: "2026-01-01T00:14:00Z", kind: "commit", id: "abc", title: "fix", files: ["a.js"], diff: "+x" }],
			"metrics.csv":
				'time,resource,metric,unit,value\n2026-01-01T00:01:00Z,web-1,cpu,m,2\n2026-01-01T00:00:00Z,web-1,cpu,m,1\n2026-01-01T00:00:00Z,"a ""b"", c",cpu,m,\n',
			"baseline-metrics.csv": "time,resource,metric,unit,value\n2025-12-31T00:00:00Z,web-1,cpu,m,1\n",
			"topology.json": JSON.stringify({ nodes: [{ id: "web" }], edges: [{ from: "web", to: "db", kind: "calls" }] }),
		});
		const evidence = await readCapture(directory);
		expect(problemsOf(evidence)).toEqual([]);
		expect(evidence).toMatchObject({
			id: "c1",
			focus: "web",
			alertTime: "2026-01-01T00:30:00Z",
			window: { from: manifest.start, to: manifest.end },
		});
		expect(evidence.signals.map((s) => s.kind)).toEqual(["log", "span", "event", "event", "change", "alert", "event"]);
		const [log, span, event, digest, change, alert, object] = evidence.signals;
		expect(log).toMatchObject({
			id: "log:1",
			severity: 13,
			service: "web",
			resource: "web-1",
			attributes: { a: 1 },
			time: "2026-01-01T00:10:00.123456789Z",
		});
		expect(isSpan(span!) && span.span).toEqual({ name: "GET /", durationMs: 12, status: "ERROR" });
		expect(isEvent(event!) && event).toMatchObject({ count: 3000, resource: "web-1", severity: 13 });
		expect(isEvent(digest!) && digest.event.performance).toMatchObject({ calls: 3 });
		expect(isChange(change!) && change.change).toMatchObject({ type: "commit", id: "abc", diff: "+x" });
		expect(isAlert(alert!) && alert.alert).toMatchObject({ name: "HighErrors", value: 0.5 });
		expect(object).toMatchObject({ time: manifest.end, event: { status: { phase: "Running" } } });
		expect(evidence.series).toHaveLength(2);
		expect([...evidence.series[0]!.values]).toEqual([1, 2]);
		expect(evidence.series[0]?.service).toBe("web");
		expect(evidence.series[1]?.resource).toBe('a "b", c');
		expect(evidence.series[1]?.values[0]).toBeNaN();
		expect(evidence.baselineSeries).toHaveLength(1);
		expect(evidence.topology.edges).toEqual([{ from: "web", to: "db", kind: "calls", learnedFrom: "capture" }]);
	});

	it("keeps unknown fields, and forgives wrong optional ones", async () => {
		await put({
			"capture.json": JSON.stringify({ ...manifest, tomorrow: true }),
			"logs.ndjson": [{ time: "2026-01-01T00:10:00Z", service: 7, body: "x", shard: 3, attributes: "none" }],
		});
		const { signals } = await readCapture(directory);
		expect(signals[0]).toMatchObject({ resource: "unknown", attributes: { shard: 3 } });
	});

	it("reads times without a zone as UTC and sorts records that are out of order", async () => {
		await put({
			"capture.json": JSON.stringify(manifest),
			"logs.ndjson": [
				{ time: "2026-01-01 00:20:00", body: "later" },
				{ time: "2026-01-01T00:10:00", body: "earlier" },
				{ time: Date.UTC(2026, 0, 1, 0, 15), body: "between" },
				{ time: "2026-01-01T02:12:00+02:00", body: "zoned" },
			],
		});
		expect((await readCapture(directory)).signals.map((s) => s.body)).toEqual(["earlier", "zoned", "between", "later"]);
	});

	it("tells of broken lines, cut-off lines and invalid UTF-8, and keeps the rest", async () => {
		await put({
			"capture.json": JSON.stringify(manifest),
			"logs.ndjson": Buffer.concat([
				Buffer.from('{"time":"2026-01-01T00:10:00Z","body":"a \xff b"}\n', "latin1"),
				Buffer.from('not json\n{"body":"no time"}\n\n{"time":"2026-01-01T00:11:00Z","body":"cut'),
			]),
		});
		const evidence = await readCapture(directory);
		expect(evidence.signals.map((s) => s.body)).toEqual(["a \ufffd b"]);
		expect(evidence.coverage[0]?.status).toBe("partial");
		expect(problemsOf(evidence)).toEqual([
			"logs.ndjson holds bytes that are not UTF-8: each was read as U+FFFD",
			"logs.ndjson:2: not JSON: left out",
			expect.stringContaining("logs.ndjson:3: time:"),
			"logs.ndjson: 1 more such problems",
		]);
	});

	it("reads what a truncated gzip file holds", async () => {
		const lines = Array.from({ length: 5000 }, (_, i) =>
			JSON.stringify({ time: "2026-01-01T00:10:00Z", body: `line ${i} ${Math.sin(i)}` }),
		).join("\n");
		const packed = gzipSync(lines);
		await put({
			"capture.json": JSON.stringify(manifest),
			"logs.ndjson.gz": packed.subarray(0, packed.length / 2),
			"spans.ndjson.gz": Buffer.from("not gzip at all"),
		});
		const evidence = await readCapture(directory);
		expect(evidence.signals.length).toBeGreaterThan(1000);
		expect(problemsOf(evidence)).toContain("logs.ndjson.gz is truncated: what it holds up to there was read");
		expect(problemsOf(evidence).join()).toContain("spans.ndjson.gz cannot be unpacked");
	});

	it("reads a 10 MB line whole", async () => {
		const body = "x".repeat(10 << 20);
		await put({ "capture.json": JSON.stringify(manifest), "logs.ndjson": [{ time: "2026-01-01T00:10:00Z", body }] });
		expect((await readCapture(directory)).signals[0]?.body.length).toBe(body.length);
	});

	it("says so where records are later than the capture's end", async () => {
		await put({ "capture.json": JSON.stringify(manifest), "logs.ndjson": [{ time: "2027-01-01T00:00:00Z", body: "from the future" }] });
		expect(problemsOf(await readCapture(directory))[0]).toMatch(/1 records are later than the capture's end/);
	});

	it("leaves out records at moments that cannot be, and keeps the rest", async () => {
		const impossible = [1e30, -1e30, "2026-01-01T00:10:00+99:00", "2026-13-40T00:00:00Z", null];
		await put({
			"capture.json": JSON.stringify(manifest),
			"logs.ndjson": [...impossible.map((time) => ({ time, body: "never" })), { time: "2026-01-01T00:10:00Z", body: "once" }],
		});
		const evidence = await readCapture(directory);
		expect(evidence.signals.map((s) => s.body)).toEqual(["once"]);
		expect(problemsOf(evidence).at(-1)).toBe("logs.ndjson: 2 more such problems");
	});

	it("tells of a file that cannot be read, and reads the others", async () => {
		await put({
			"capture.json": JSON.stringify(manifest),
			"changes.ndjson": [{ time: "2026-01-01T00:14:00Z", kind: "commit", id: "a", title: "b" }],
		});
		await mkdir(join(directory, "logs.ndjson"));
		await mkdir(join(directory, "spans.ndjson.gz"));
		const evidence = await readCapture(directory);
		expect(evidence.signals).toHaveLength(1);
		expect(problemsOf(evidence)).toEqual(["logs.ndjson cannot be read (EISDIR)", "spans.ndjson.gz cannot be read (EISDIR)"]);
	});

	it("reads a capture.json that begins with a byte order mark", async () => {
		await put({ "capture.json": `\ufeff${JSON.stringify(manifest)}` });
		expect((await readCapture(directory)).id).toBe("c1");
	});

	it("says so where a capture holds no record", async () => {
		await put({ "capture.json": JSON.stringify(manifest) });
		const evidence = await readCapture(directory);
		expect(evidence.coverage[0]?.status).toBe("partial");
		expect(problemsOf(evidence)).toEqual(["the capture holds no record at all"]);
	});

	it("leaves out a metrics file without its columns, and rows that lack something", async () => {
		await put({
			"capture.json": JSON.stringify(manifest),
			"metrics.csv": "when,what\n1,2\n",
			"baseline-metrics.csv": "time,resource,metric,unit,value\nyesterday,a,b,c,1\n2026-01-01T00:00:00Z,a,b,c,1\n",
		});
		const evidence = await readCapture(directory);
		expect(problemsOf(evidence)).toEqual([
			expect.stringContaining("header lacks time, resource, metric, value"),
			"baseline-metrics.csv:2: the row lacks a time, a resource or a metric",
		]);
		expect(evidence.baselineSeries).toHaveLength(1);
	});

	it.each([
		["no folder", undefined, "there is no capture folder"],
		["no capture.json", {}, "holds no capture.json"],
		["a truncated capture.json", { "capture.json": '{"version": 1, "id"' }, "not JSON"],
		[
			"a window that ends before it starts",
			{ "capture.json": JSON.stringify({ ...manifest, end: "2025-01-01T00:00:00Z" }) },
			"start is not before end",
		],
		["another version", { "capture.json": '{"version": 2, "id": "x"}' }, "version"],
		["nothing to take a window from", { "capture.json": '{"version": 1, "id": "x"}' }, "neither a start and an end nor any record"],
	])("refuses %s with BAD_INPUT", async (_, files, message) => {
		await put(files ?? {});
		const where = files === undefined ? join(directory, "nowhere") : directory;
		await expect(readCapture(where)).rejects.toMatchObject({
			code: "BAD_INPUT",
			message: expect.stringContaining(message),
			hint: expect.any(String),
		});
	});

	it("takes the window from the records where the manifest has none", async () => {
		await put({
			"capture.json": '{"version": 1, "id": "x"}',
			"metrics.csv": "time,resource,metric,unit,value\n2026-01-01T00:00:00Z,a,b,,1\n2026-01-01T00:05:00Z,a,b,,1\n",
		});
		expect((await readCapture(directory)).window).toEqual({ from: "2026-01-01T00:00:00.000Z", to: "2026-01-01T00:05:00.000Z" });
	});
});

describe("writeCapture", () => {
	it("writes what readCapture reads back", async () => {
		await put({
			"capture.json": JSON.stringify({ ...manifest, alertTime: "2026-01-01T00:30:00Z" }),
			"alerts.ndjson": [{ time: "2026-01-01T00:30:00Z", name: "HighErrors", severity: "critical", service: "web", summary: "errors" }],
			"logs.ndjson": Array.from({ length: 2000 }, (_, i) => ({
				time: "2026-01-01T00:10:00Z",
				service: "web",
				pod: "web-1",
				severity: "INFO",
				body: `line ${i} with some length to it`,
				traceId: "t",
			})),
			"spans.ndjson": [
				{ time: "2026-01-01T00:11:00Z", traceId: "t1", spanId: "s2", parentId: "s1", service: "web", name: "GET /", durationMs: 12 },
			],
			"events.ndjson": [
				{
					time: "2026-01-01T00:12:00Z",
					source: "kubernetes",
					type: "Warning",
					reason: "BackOff",
					object: { kind: "Pod", name: "web-1" },
					message: "back-off",
					count: 7,
				},
			],
			"objects.ndjson": [{ time: "2026-01-01T00:13:00Z", kind: "Pod", name: "web-1", status: { phase: "Running" } }],
			"performance.ndjson": [{ time: "2026-01-01T00:13:00Z", resource: "db", statement: "SELECT 1" }],
			"changes.ndjson": [{ time: "2026-01-01T00:14:00Z", kind: "commit", id: "abc", title: "fix", author: "a" }],
			"metrics.csv": 'time,resource,metric,unit,value\n2026-01-01T00:00:00.000Z,"a,b",cpu,m,1\n2026-01-01T00:01:00.000Z,"a,b",cpu,m,\n',
			"topology.json": JSON.stringify({ nodes: [{ id: "web" }], edges: [{ from: "web", to: "db", kind: "calls" }] }),
		});
		const first = await readCapture(directory);
		const copy = join(directory, "copy");
		await writeCapture(copy, first, { provenance: { source: "a test", license: "Apache-2.0" } });
		expect(await readdir(copy)).toContain("logs.ndjson.gz");
		expect(await readCapture(copy)).toEqual(first);
	});

	it("keeps source, id, link and kind of records that a live source gave", async () => {
		const evidence: EvidenceSet = {
			...{
				id: "live",
				title: "live",
				window: { from: manifest.start, to: manifest.end },
				series: [],
				baselineSeries: [],
				topology: { nodes: [], edges: [] },
				coverage: [],
			},
			signals: [
				{
					id: "sentry:1",
					source: "sentry",
					kind: "error",
					time: "2026-01-01T00:10:00Z",
					severity: 17,
					service: "web",
					resource: "web",
					body: "boom",
					attributes: {},
					count: 4,
					url: "https://sentry.example/1",
					redactions: 2,
					fingerprint: "f",
				},
			],
		};
		await writeCapture(join(directory, "live"), evidence);
		expect((await readCapture(join(directory, "live"))).signals).toEqual(evidence.signals);
	});

	it("says before the work that there is no room for it", async () => {
		await expect(requireNewFolder(directory)).resolves.toBeUndefined();
		await expect(requireNewFolder(join(directory, "new"))).resolves.toBeUndefined();
		await put({ file: "x" });
		await expect(requireNewFolder(directory)).rejects.toMatchObject({ code: "BAD_INPUT", message: expect.stringContaining("not empty") });
		await expect(requireNewFolder(join(directory, "file"))).rejects.toMatchObject({
			code: "BAD_INPUT",
			message: expect.stringContaining("not a folder"),
		});
	});

	it("never overwrites", async () => {
		await put({ "capture.json": JSON.stringify(manifest) });
		const evidence = await readCapture(directory);
		await expect(writeCapture(directory, evidence)).rejects.toMatchObject({
			code: "BAD_INPUT",
			message: expect.stringContaining("not empty"),
		});
		await mkdir(join(directory, "empty"));
		await writeCapture(join(directory, "empty"), evidence);
		expect((await readdir(directory)).sort()).toEqual(["capture.json", "empty"]);
	});
});
