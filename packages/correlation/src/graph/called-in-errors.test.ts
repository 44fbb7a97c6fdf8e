import { describe, expect, it } from "vitest";
import { evidence, log } from "../testing/evidence.ts";
import { buildResourceGraph } from "./resource-graph.ts";

const thrice = (body: string) => [1, 2, 3].map((minute) => log(minute, "shop", body, 17));
const graphOf = (...signals: ReturnType<typeof log>[]) => buildResourceGraph(evidence({ signals }));

describe("callees known from errors", () => {
	it("are learned where nothing was traced", () => {
		const graph = graphOf(...thrice("call to api.payments.test timed out after 1000 ms"));
		expect([...graph.callees("shop")]).toEqual(["api.payments.test"]);
		expect(graph.isExternal("api.payments.test")).toBe(true);
	});
	it("are not taken from one line, from words, addresses or files", () => {
		for (const signals of [
			[log(1, "shop", "call to api.payments.test timed out", 17)],
			thrice("request to process order failed"),
			thrice("connect to 10.1.2.3:5432 refused"),
			thrice("call to handler.js failed"),
			[1, 2, 3].map((minute) => log(minute, "shop", "call to api.payments.test took 3 ms", 9)),
		])
			expect([...graphOf(...signals).nodes]).toEqual(["shop"]);
	});
	it("join resources that are known, after one line", () => {
		const graph = graphOf(log(0, "stock", "started"), log(1, "shop", "request to stock failed with status 503", 17));
		expect([...graph.callees("shop")]).toEqual(["stock"]);
	});
	it("know a service by the first part of its host", () => {
		const graph = graphOf(log(0, "stock", "started"), log(1, "shop", "call to stock.prod.svc.cluster.local failed", 17));
		expect([...graph.callees("shop")]).toEqual(["stock"]);
	});
});
