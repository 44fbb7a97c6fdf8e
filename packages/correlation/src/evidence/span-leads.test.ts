import { describe, expect, it } from "vitest";
import { createSituation } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";
import { at, evidence, NOON, templatesOf, trace } from "../testing/evidence.ts";
import { spanLeads } from "./span-leads.ts";

const MOMENT: Moment = {
	from: NOON - 600_000,
	to: NOON + 600_000,
	onset: NOON,
	until: NOON + 600_000,
	healthyLater: [],
	alertAt: undefined,
	seen: true,
	how: "",
};

/** A page asks orders and prices, both ask the store; whoever is delayed takes `ms` longer to be reached, and to reach others. */
function leadsOf(delayed: string, ms: number) {
	const signals = Array.from({ length: 200 }, (_, i) => {
		const minute = -10 + i / 10;
		const lag = (a: string, b: string): number => (minute >= 0 && [a, b].includes(delayed) ? ms : 1 + (i % 3));
		// The client's span, then the server's: what lies between is the network's.
		const service = (from: string, name: string): Parameters<typeof trace>[1] => [
			from,
			`GET ${name}`,
			20 + lag(from, name) + lag(name, "store"),
			"OK",
			[[name, "serve", 20 + lag(name, "store"), "OK", [[name, "query", 10 + lag(name, "store"), "OK", [["store", "read", 10, "OK"]]]]]],
		];
		return trace(minute, ["page", "GET /", 100, "OK", [service("page", "orders"), service("page", "prices")]]);
	}).flat();
	const set = evidence({ signals, window: { from: at(-10), to: at(10) } });
	return spanLeads(createSituation(set, templatesOf(set)), MOMENT)
		.filter((l) => l.kind === "network-gap")
		.sort((a, b) => b.strength - a.strength);
}

describe("spanLeads: the network between two", () => {
	it("speaks against the one all of whose edges are slow, not against those at their other ends", () => {
		const [first, second] = leadsOf("orders", 200);
		expect(first).toMatchObject({ candidate: "orders", text: expect.stringContaining("2 of its 2 edges") });
		expect(second?.strength).toBeLessThan(0.7 * (first?.strength ?? 0));
		expect(leadsOf("store", 200)[0]).toMatchObject({ candidate: "store" });
	});

	it("says nothing where nothing is slower", () => expect(leadsOf("nobody", 200)).toEqual([]));
});
