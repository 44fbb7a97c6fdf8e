import { AppError } from "@faultline/contracts";
import { type RankedNode, trainAlertRanker } from "@faultline/correlation";
import type { AlertGraphLine, LabelledLine } from "./read-alert-graphs.ts";

export interface RankedGraph {
	id: string;
	/** Every node, the likeliest root first. */
	ranking: RankedNode[];
}

/** Learns from the labelled graphs, then ranks the nodes of each graph of the input, in order. `onTrained` is told how many were learned from. */
export async function* rankAlertGraphs(
	labelled: AsyncIterable<LabelledLine>,
	input: AsyncIterable<AlertGraphLine>,
	onTrained: (graphs: number) => void = () => undefined,
): AsyncGenerator<RankedGraph> {
	const graphs = await Array.fromAsync(labelled);
	if (graphs.length === 0)
		throw new AppError("BAD_INPUT", "there is no labelled graph to learn from", { hint: "give --train a file with some" });
	const ranker = trainAlertRanker(graphs);
	onTrained(graphs.length);
	for await (const graph of input) yield { id: graph.id, ranking: ranker.rank(graph) };
}
