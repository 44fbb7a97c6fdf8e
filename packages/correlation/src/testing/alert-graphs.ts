import type { LabelledAlertGraph } from "../graph/alerts/alert-graph.ts";

const WORKLOADS = ["entry-0", "basket-0", "basket-1", "mail-0", "mail-1", "store-0"];

/**
 * Made-up incidents of a made-up system: the root's memory rises before anything else of weight does, its replica has nothing of it, its
 * callers see slow calls, and a few candidates have noise. A graph's root goes through the candidates in turn.
 */
export function madeUpAlertGraphs(count: number, rename: (node: string) => string = (node) => node): LabelledAlertGraph[] {
	const nodes = WORKLOADS.map(rename);
	const node = (i: number): string => nodes[i % nodes.length] as string;
	return Array.from({ length: count }, (_, k) => {
		const root = node(k);
		const noisy = node(k * 5 + 2);
		const caller = root === node(0) ? node(1) : node(0);
		return {
			id: `made-up-${k}`,
			nodes,
			edges: nodes.slice(1).map((_, i): [number, number] => [0, i + 1]),
			root,
			alerts: [
				{ kind: "metric", node: noisy, token: ["traffic", k % 2 === 0 ? "up" : "down"] },
				{ kind: "metric", node: root, token: ["memory", "up"] },
				{ kind: "metric", node: caller, token: ["latency", "up"] },
				{ kind: "metric", node: node(k * 7 + 3), token: ["traffic", "up"] },
				{ kind: "trace", node: caller, token: [root, "call", "slow"] },
				{ kind: "log", node: noisy, token: [`${noisy}-17`] },
			],
		};
	});
}
