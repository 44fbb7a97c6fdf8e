import { type Analysis, toAppError } from "@faultline/contracts";
import { alertAttentionOf, alertGraphOf, carriedBy } from "@faultline/correlation";
import { openAttention } from "../eval/attention-session.ts";
import { folderConfirmations } from "../incidents/confirmations.ts";
import { lessonsOf, mostAlike } from "./cross-validate.ts";
import { blended, LEAST_INCIDENTS, type Learned } from "./learn.ts";
import { readLearned } from "./learned-file.ts";
import type { Advice } from "./with-advice.ts";

const MOST_CARRIED = 6;

/** Asks what was learned in a data directory. Undefined where nothing is confirmed there. What fails here is a note: the report needs none of it. */
export async function consultLearned(analysis: Analysis, dataDir: string): Promise<Advice | undefined> {
	const learned = await readLearned(dataDir);
	if (learned !== undefined)
		return await advise(analysis, learned, dataDir).catch((thrown: unknown) => ({
			note: `Confirmed incidents: not used for the ranking; what was learned cannot be used (${toAppError(thrown).message}).`,
		}));
	const confirmed = lessonsOf(await folderConfirmations(dataDir).all()).length;
	if (confirmed === 0) return undefined;
	return {
		note: `Confirmed incidents: not used for the ranking; there are ${confirmed} with a cause of the ${LEAST_INCIDENTS} that are needed.`,
	};
}

async function advise(analysis: Analysis, learned: Learned, dataDir: string): Promise<Advice> {
	const stays = (why: string): Advice => ({ note: `Confirmed incidents: not used for the ranking; ${why}.` });
	const { figures, floor } = learned;
	const graph = alertGraphOf(analysis.id, analysis.graph);
	if (analysis.verdict === "no-incident" || graph === undefined) return stays("there is nothing to rank");
	if (floor === null)
		return stays(
			`on the ${figures.incidents} themselves what was learned names ${percent(figures.learned.first)} of the causes first, the ranking without it ${percent(figures.untrained.first)}`,
		);
	if (analysis.change !== null) return stays("a change explains the fault");
	if (learned.incidents.some(({ id }) => id === analysis.id)) return stays("this incident is one of them");
	const lessons = lessonsOf(learned.incidents);
	const { similarity, like } = mostAlike(graph, lessons);
	if (similarity < floor) return stays(`none is like this one (${similarity.toFixed(2)}, needed ${floor.toFixed(2)})`);
	const { weights, input } = alertAttentionOf(
		lessons.map((lesson) => lesson.graph),
		learned.weights,
	);
	const seen = input(graph);
	const session = await openAttention(weights, dataDir);
	const scores = await session.score(seen).finally(() => session.close());
	const untrained = untrainedOf(analysis, graph.nodes);
	const shares = blended({ scores: [...scores], similarity, lesson: { incident: { untrained } } }, learned);
	const ranked = graph.nodes.map((name, i) => ({ name, i, share: shares[i] ?? 0 }));
	ranked.sort((a, b) => b.share - a.share || (untrained[b.i] ?? 0) - (untrained[a.i] ?? 0));
	const [first] = ranked;
	if (first === undefined) return stays("there is nothing to rank");
	const same =
		first.name === analysis.causes[0]?.resource ? "the same first cause" : `${first.name} before ${analysis.causes[0]?.resource}`;
	return {
		note: `Confirmed incidents: used for the ranking (${figures.incidents}; the most like this one is ${like}, likeness ${similarity.toFixed(2)}): ${same}.`,
		order: ranked.map(({ name }) => name),
		reason: `${percent(first.share)} by ${figures.incidents} confirmed incidents`,
		carried: carriedBy(weights, seen, first.i)
			.slice(0, MOST_CARRIED)
			.map(({ node, attention }) => ({ resource: graph.nodes[node] ?? "", attention: Number(attention.toFixed(4)) })),
	};
}

function untrainedOf({ graph }: Analysis, nodes: readonly string[]): number[] {
	const scores = new Map(graph.nodes.map(({ resource, score }) => [resource, score]));
	return nodes.map((node) => scores.get(node) ?? 0);
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
