import type { ScoredCause } from "../rank/rank-causes.ts";
import type { Situation } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";

const MOST = 4;

/** What an inconclusive report lacked, most telling first, as sentences: each says what to collect to know more. */
export function missingEvidence(situation: Situation, moment: Moment, causes: readonly ScoredCause[]): string[] {
	const { spans, logs, series, graph, changes } = situation;
	const [first, second] = causes;
	const between =
		first === undefined ? "the candidates" : second === undefined ? first.candidate : `${first.candidate} and ${second.candidate}`;
	const found: string[] = [];
	if (spans.length === 0) found.push(`no traces: calls through ${between} would show which of them fails by itself`);
	if (!graph.edges.some((e) => e.kind === "calls")) found.push("no calls are known: who depends on whom would part causes from victims");
	if (logs.length === 0) found.push("no logs: errors in the words of the services would name the fault");
	if (series.length === 0) found.push("no metrics: CPU, memory, connections and latency would show what ran out");
	if (series.length > 0 && series.every((v) => v.baseline === undefined) && !moment.seen)
		found.push("no metrics of a healthy time before it to compare with");
	for (const cause of [first, second]) {
		if (cause === undefined) continue;
		const heard = logs.some((l) => l.candidate === cause.candidate) || spans.some((s) => s.candidate === cause.candidate);
		if (!heard && (logs.length > 0 || spans.length > 0)) found.push(`no logs or traces of ${cause.candidate} itself`);
	}
	if (changes.length === 0) found.push("no changes are known: deployments, flags and configuration of the last hours");
	if (found.length === 0)
		found.push(`every source was there; a longer window before the fault, or what ${between} logged in it, would tell more`);
	return found.slice(0, MOST);
}
