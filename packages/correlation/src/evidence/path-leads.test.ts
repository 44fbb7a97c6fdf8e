import type { Signal } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { createSituation } from "../situation.ts";
import { locateOnset } from "../temporal/onset.ts";
import { at, evidence, log, signal, templatesOf, trace } from "../testing/evidence.ts";
import { callsOf, statementOf } from "./call-steps.ts";
import { pathLeads } from "./path-leads.ts";

interface Steps {
	/** Lines of the callee, in order. */
	store: string[];
	/** Lines of the caller after the call. */
	web: string[];
}

/** One call web -> store with its lines, a millisecond apart. */
function call(minute: number, { store, web }: Steps): Signal[] {
	const spans = trace(minute, ["web", "GET /cart", 30, "OK", [["store", "load", 10, "OK"]]]);
	const lines = (of: string, texts: string[], offset: number): Signal[] =>
		texts.map((body, i) => {
			const span = spans.find((s) => s.service === of) as Signal;
			const time = new Date(Date.parse(at(minute)) + offset + i).toISOString();
			const level = body.startsWith("ERROR") ? 17 : 9;
			return signal({
				...log(minute, of, body, level),
				kind: "log",
				time,
				traceId: span.traceId as string,
				spanId: span.spanId as string,
			});
		});
	return [...spans, ...lines("store", store, 1), ...lines("web", web, 20)];
}

function leadsOf(signals: Signal[], alertMinute = 8) {
	const set = evidence({ signals, alertTime: at(alertMinute), window: { from: at(-60), to: at(15) } });
	const situation = createSituation(set, templatesOf(set));
	const calls = callsOf(situation);
	return pathLeads(situation, locateOnset(situation, calls), calls).sort((a, b) => b.strength - a.strength);
}

const WELL: Steps = { store: ["begin", "found the cart", "done"], web: ["shown"] };
const minutes = (from: number, to: number, step = 0.1): number[] =>
	Array.from({ length: Math.round((to - from) / step) }, (_, i) => from + i * step);

describe("pathLeads", () => {
	it("finds the service whose calls skip a step, and puts the caller's other steps down to it", () => {
		const wrong: Steps = { store: ["begin", "nothing there", "done"], web: ["apologised"] };
		const leads = leadsOf([...minutes(-10, 0).flatMap((m) => call(m, WELL)), ...minutes(0, 10).flatMap((m) => call(m, wrong))]);
		expect(leads[0]).toMatchObject({ candidate: "store", kind: "call-volume", role: "intrinsic" });
		expect(leads[0]?.strength).toBeGreaterThan(0.6);
		expect(leads.find((l) => l.candidate === "web")?.strength ?? 0).toBeLessThan(0.5 * (leads[0]?.strength ?? 0));
		expect(Math.abs((leads[0]?.onset ?? 0) - Date.parse(at(0)))).toBeLessThan(30_000);
	});

	it("says nothing of a mix of requests that shifts, where each goes as it went", () => {
		const other: Steps = { store: ["begin", "made a cart", "done"], web: ["shown"] };
		const mixed = (m: number, i: number): Signal[] => call(m, i % 3 === 0 ? other : WELL);
		expect(leadsOf(minutes(-10, 10).flatMap(mixed))).toEqual([]);
	});

	it("does not take fewer errors than usual for a fault", () => {
		const failing: Steps = { store: ["begin", "ERROR cannot read"], web: ["shown"] };
		const leads = leadsOf([...minutes(-10, 0).flatMap((m) => call(m, failing)), ...minutes(0, 10).flatMap((m) => call(m, WELL))]);
		expect(leads.filter((l) => l.direction === "gone" && l.text.includes("ERROR"))).toEqual([]);
	});

	it("finds a fault that is older than the stretch in which someone was paged, by another stretch", () => {
		const wrong: Steps = { store: ["begin", "nothing there", "done"], web: ["shown"] };
		const leads = leadsOf([...minutes(-60, -55).flatMap((m) => call(m, WELL)), ...minutes(0, 10).flatMap((m) => call(m, wrong))]);
		expect(leads[0]).toMatchObject({ candidate: "store" });
	});

	it("does not miss the lines of a time when no lines were collected", () => {
		const silent = minutes(-20, -5).flatMap((m) => call(m, { store: [], web: [] }));
		expect(leadsOf([...silent, ...minutes(-5, 10).flatMap((m) => call(m, WELL))])).toEqual([]);
	});

	it("counts a call once, however often it was delivered", () => {
		const calls = minutes(-10, 10).flatMap((m) => call(m, WELL));
		const again = calls.filter((s) => Date.parse(s.time) > Date.parse(at(0))).map((s, i) => ({ ...s, id: `again${i}` }));
		expect(leadsOf([...calls, ...again])).toEqual([]);
	});
});

describe("statementOf", () => {
	it.each([
		["12:00:01.123 INFO c.s.CartService#42 TraceID: 1 cart found", "c.s.CartService#42"],
		["2026-01-05 [worker] src/cart/load.go:17: cart found", "src/cart/load.go:17"],
		["cart.py:9 | nothing", "cart.py:9"],
		["listening on example.com:8080", undefined],
		["order #42 is late at 12:30:45", undefined],
		["see issue web#42x", undefined],
	])("of %s", (body, statement) => expect(statementOf(log(0, "web", body))).toBe(statement));

	it("reads OpenTelemetry's attributes of code", () => {
		const attributes = { "code.file.path": "/app/cart.rb", "code.line.number": 7 };
		expect(statementOf({ ...log(0, "web", "cart found"), attributes })).toBe("/app/cart.rb:7");
	});
});
