import { AppError, seededRandom } from "@faultline/contracts";
import { type LabelledAlertGraph, type RankedNode, rankByScore, trainAlertAttention, trainAlertRanker } from "@faultline/correlation";
import { openAttention } from "./attention-session.ts";
import type { AlertGraphLine, LabelledLine } from "./read-alert-graphs.ts";

export interface RankedGraph {
	id: string;
	/** Every node, the likeliest root first. */
	ranking: RankedNode[];
}

/** "trees": boosted trees and a logit, the better on the sets that we have. "attention": a graph attention network, through ONNX Runtime. */
export const RANKERS = ["trees", "attention"] as const;
export type RankerName = (typeof RANKERS)[number];

export interface RankingOptions {
	ranker?: RankerName;
	/** Where a user's own models are. */
	dataDir?: string;
	/** Told how many graphs were learned from. */
	onTrained?: (graphs: number) => void;
}

/** Learns from the labelled graphs, then ranks the nodes of each graph of the input, in order. */
export async function* rankAlertGraphs(
	labelled: AsyncIterable<LabelledLine>,
	input: AsyncIterable<AlertGraphLine>,
	{ ranker = "trees", dataDir = "", onTrained = () => undefined }: RankingOptions = {},
): AsyncGenerator<RankedGraph> {
	const graphs = await Array.fromAsync(labelled);
	if (graphs.length === 0)
		throw new AppError("BAD_INPUT", "there is no labelled graph to learn from", { hint: "give --train a file with some" });
	const { rank, close } = ranker === "trees" ? withTrees(graphs) : await withAttention(graphs, dataDir);
	onTrained(graphs.length);
	try {
		for await (const graph of input) yield { id: graph.id, ranking: await rank(graph) };
	} finally {
		await close();
	}
}

interface OpenRanker {
	rank(graph: AlertGraphLine): RankedNode[] | Promise<RankedNode[]>;
	close(): Promise<void>;
}

function withTrees(graphs: readonly LabelledAlertGraph[]): OpenRanker {
	return { rank: trainAlertRanker(graphs).rank, close: async () => undefined };
}

async function withAttention(graphs: readonly LabelledAlertGraph[], dataDir: string): Promise<OpenRanker> {
	const { weights, input } = trainAlertAttention(graphs, seededRandom(1));
	const { score, close } = await openAttention(weights, dataDir);
	return { rank: async (graph) => rankByScore(graph.nodes, await score(input(graph))), close };
}
