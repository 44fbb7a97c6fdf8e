import type { Analysis } from "@faultline/contracts";

/** What the confirmed incidents say of an analysis. */
export interface Advice {
	/** Whether it was followed, and why. */
	note: string;
	/** Candidates, the likeliest first; absent: the ranking stays. */
	order?: string[];
	/** For the reason of the first. */
	reason?: string;
	/** What its score drew from its neighbours, the most first. */
	carried?: { resource: string; attention: number }[];
}

/** The analysis with the reason and the edges that carried the first cause, where advice was followed. */
export function withAdvice(analysis: Analysis, { note, reason, carried = [] }: Advice): Analysis {
	const [first, ...others] = analysis.causes;
	const notes = [...analysis.notes, note];
	if (reason === undefined || first === undefined) return { ...analysis, notes };
	const attention = new Map(carried.map((each) => [each.resource, each.attention]));
	const over = ({ from, to }: { from: string; to: string }) =>
		from === first.resource ? attention.get(to) : to === first.resource ? attention.get(from) : undefined;
	const edges = analysis.graph.edges.map((edge) => {
		const share = over(edge);
		return share === undefined ? edge : { ...edge, attention: share };
	});
	const most = carried.slice(0, 2).map((each) => `${each.resource} ${percent(each.attention)}`);
	const told = most.length === 0 ? reason : `${reason}, attention to ${most.join(" and ")}`;
	return {
		...analysis,
		notes,
		causes: [
			{ ...first, reason: [first.reason, told].filter((part) => part !== "").join("; "), because: [...first.because, told] },
			...others,
		],
		graph: { ...analysis.graph, edges },
	};
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
