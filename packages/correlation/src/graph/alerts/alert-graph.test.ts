import { describe, expect, it } from "vitest";
import { type AlertGraph, acquaint, type GraphAlert, indexGraph } from "./alert-graph.ts";

const trace = (node: string, callee: string, operation: string): GraphAlert => ({
	kind: "trace",
	node,
	token: [callee, operation, "slow"],
});
const metric = (node: string): GraphAlert => ({ kind: "metric", node, token: ["cpu", "up"] });
const graph = (alerts: GraphAlert[]): AlertGraph => ({
	id: "g",
	nodes: ["web-0", "web-1", "db-0"],
	edges: [
		[0, 2],
		[2, 0],
		[1, 1],
	],
	alerts,
});
const tokens = (g: AlertGraph, known = acquaint([g])): string[] => indexGraph(g, known).observations.map((o) => `${o.node}: ${o.token}`);

describe("alerts as evidence on candidates", () => {
	it("gives each side of a call its own token, and takes the candidates' names out", () => {
		const g = graph([
			trace("web-0", "db-0", "query"),
			trace("web-1", "web-1", "render"),
			trace("outside", "web-0", "GET"),
			trace("web-0", "elsewhere", "send"),
			{ kind: "log", node: "db-0", token: ["db-0-12"] },
			metric("a machine that is no candidate"),
		]);
		expect(tokens(g)).toEqual(["0: caller slow", "2: callee slow", "1: within slow", "0: entered slow", "0: calls out slow", "2: log 12"]);
	});

	it("knows whom a call was meant for from other incidents, where the callee itself said nothing", () => {
		const known = acquaint([graph([trace("web-0", "db-0", "query")])]);
		expect(tokens(graph([trace("web-1", "web-1", "query")]), known)).toEqual(["1: attempts slow", "2: attempted slow"]);
		expect(tokens(graph([trace("web-1", "web-1", "query")]))).toEqual(["1: within slow"]);
	});

	it("joins neighbours, replicas, and calls of this and of other incidents", () => {
		const indexed = indexGraph(graph([trace("web-1", "db-0", "query")]), acquaint([graph([trace("web-0", "db-0", "query")])]));
		expect(indexed).toMatchObject({
			neighbours: [[2], [], [0]],
			replicas: [[1], [0], []],
			callees: [[2], [2], []],
			callers: [[], [], [0, 1]],
		});
	});

	it("takes the order of a list for time only where the list is not sorted by name", () => {
		const byName = graph([metric("db-0"), metric("web-0"), metric("web-1")]);
		const byTime = graph([metric("web-0"), metric("db-0"), metric("web-1")]);
		const positions = (g: AlertGraph) => indexGraph(g, acquaint([g])).observations.map((o) => o.position);
		expect(positions(byName)).toEqual([undefined, undefined, undefined]);
		expect(positions(byTime)).toEqual([0, 1 / 3, 2 / 3]);
	});
});
