import type { EdgeCalls } from "@faultline/contracts";
import type { Situation } from "../situation.ts";
import { type Moment, phaseOf } from "../temporal/moment.ts";
import { median } from "../temporal/robust.ts";
import { spanEdges } from "./resource-graph.ts";

export interface EdgeFeatures {
	before: EdgeCalls;
	during: EdgeCalls;
}

/** What the calls along each traced edge were like before the fault and during it; by `edgeKey`. Cost O(spans log spans). */
export function edgeFeatures(situation: Situation, moment: Moment): Map<string, EdgeFeatures> {
	const seen = new Map<string, Record<"before" | "during", { ms: number[]; failed: number }>>();
	const { graph } = situation;
	for (const [from, to] of spanEdges(situation.spans.map(({ signal }) => signal))) {
		const phase = phaseOf(moment, Date.parse(to.time));
		if (phase === "neither") continue;
		const key = edgeKey(graph.candidateOf(from.resource, from.service), graph.candidateOf(to.resource, to.service));
		const calls = seen.get(key) ?? { before: { ms: [], failed: 0 }, during: { ms: [], failed: 0 } };
		calls[phase].ms.push(to.span.durationMs);
		if (to.severity >= 17) calls[phase].failed++;
		seen.set(key, calls);
	}
	const summary = ({ ms, failed }: { ms: number[]; failed: number }): EdgeCalls => ({
		count: ms.length,
		errorShare: ms.length === 0 ? null : Number((failed / ms.length).toFixed(4)),
		medianMs: ms.length === 0 ? null : Number(median(ms).toPrecision(4)),
	});
	return new Map([...seen].map(([key, { before, during }]) => [key, { before: summary(before), during: summary(during) }]));
}

export const edgeKey = (from: string, to: string): string => `${from}\u0000${to}`;
