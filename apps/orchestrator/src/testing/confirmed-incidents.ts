import type { IncidentGraph, IncidentReport } from "@faultline/contracts";
import { buildReport } from "./build-report.ts";

/** What was seen at the first and the second of the ranking. */
const ALIKE: [number, string][] = [
	[1, "metric up i3 memory-exhausted"],
	[0, "metric up l3"],
];
const UNLIKE: [number, string][] = [[0, "template gone i1"]];

const NODES = ["web", "orders", "store"];

/** A made-up report whose cause ran out of memory and whose untrained ranking puts the busy one before it. `unlike`: nothing in it is as in the others. */
export function madeUpIncident(k: number, { unlike = false }: { unlike?: boolean } = {}): { report: IncidentReport; cause: string } {
	const node = (i: number) => NODES[i % NODES.length] as string;
	const [cause, busy, idle] = [node(k), node(k + 1), node(k + 2)];
	const ranked = [busy, cause, idle];
	const graph: IncidentGraph = {
		nodes: ranked.map((resource, rank) => ({
			resource,
			kind: "service",
			role: rank === 0 ? "cause" : "abnormal",
			score: 0.6 - 0.2 * rank,
			abnormal: 0.8 - 0.3 * rank,
			victimOf: null,
			reasons: [],
		})),
		edges: [
			{ from: "web", to: "orders", kind: "calls", learnedFrom: ["spans"], weight: 3, carried: true, lagMs: 0 },
			{ from: "orders", to: "store", kind: "calls", learnedFrom: ["spans"], weight: 3, carried: true, lagMs: 0 },
		],
		observations: [...(unlike ? UNLIKE : ALIKE), ...(k % 2 === 0 && !unlike ? [[2, "metric down l1"] as [number, string]] : [])],
	};
	const rootCauses = graph.nodes.map(({ resource, score }) => ({ resource, score, signals: [], reason: "" }));
	return { report: buildReport({ id: `inc-${String(k).padStart(3, "0")}`, graph, rootCauses, change: null }), cause };
}
