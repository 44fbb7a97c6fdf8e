import { expect, it } from "vitest";
import { assemble, chooseTraces } from "./assemble.ts";
import { createNotebook, type SpanRecord } from "./telemetry/notebook.ts";

const hex = (i: number): string => ((i * 2654435761) >>> 0).toString(16).padStart(8, "0");
const traceId = (i: number): string => (hex(i) + hex(i + 7919)).repeat(2);
const span = (i: number, more: Partial<SpanRecord> = {}): SpanRecord => ({
	time: "2026-11-21T10:00:05.000Z",
	traceId: traceId(i),
	spanId: hex(i),
	service: "cart",
	name: "GET",
	durationMs: 1,
	status: "OK",
	attributes: {},
	...more,
});

it("keeps the share of traces that it was told, and the troubled ones", () => {
	const spans = Array.from({ length: 2000 }, (_, i) => span(i));
	const kept = chooseTraces(spans, 0.25);
	const share = spans.filter((s) => kept(s.traceId)).length / spans.length;
	expect(share).toBeGreaterThan(0.2);
	expect(share).toBeLessThan(0.3);
	const dropped = spans.findIndex((s) => !kept(s.traceId));
	const troubled = chooseTraces([...spans, span(dropped, { status: "ERROR" })], 0.25);
	expect(troubled(traceId(dropped))).toBe(true);
});

it("keeps every warning and every line without a trace, in order, within the window", () => {
	const notebook = createNotebook();
	const line = { service: "cart", body: "b" };
	notebook.logs.push(
		{ ...line, time: "2026-11-21T10:00:09.000Z", severity: "ERROR", traceId: "f".repeat(32) },
		{ ...line, time: "2026-11-21T10:00:03.000Z", severity: "INFO", traceId: "f".repeat(32) },
		{ ...line, time: "2026-11-21T10:00:01.000Z", severity: "INFO" },
		{ ...line, time: "2026-11-21T09:59:59.000Z", severity: "ERROR" },
	);
	const { logs } = assemble(notebook, { start: "2026-11-21T10:00:00.000Z", end: "2026-11-21T10:00:10.000Z", injected: null }, 0);
	expect(logs.map((log) => log.time.slice(17, 19))).toEqual(["01", "09"]);
});
