import { fitCountVectors } from "./count-vector.ts";
import type { SessionDetectorOptions, SessionVerdict } from "./detect-sessions.ts";
import { quantile } from "./quantile.ts";
import { countEvents, countsKey, createEventNumbers, distinctForms, type EventCounts, type EventNumbers } from "./session-counts.ts";

/** Share of the batch that a session must resemble to be usual, and the sessions that are the least. */
const NEIGHBOUR_SHARE = 0.01;
const LEAST_NEIGHBOURS = 3;
/** Share of the batch that is assumed healthy: the threshold is its quantile, since there is nothing else to learn one from. */
const ASSUMED_HEALTHY = 0.97;

/**
 * Without a baseline: a session is as unusual as the distance within which one hundredth of the batch lies (Ramaswamy et al., SIGMOD 2000, on
 * count vectors), and as its rarest event; what its logger called an error weighs more. Assumes that most of the batch is healthy.
 */
export function* judgeByRarity(options: SessionDetectorOptions): Generator<SessionVerdict> {
	const { describe = (event) => event, severityOf = () => 0, maxForms = 5_000 } = options;
	const numbers = createEventNumbers();
	const ids: string[] = [];
	const all: EventCounts[] = [];
	for (const session of options.input) {
		ids.push(session.id);
		all.push(countEvents(session, numbers));
	}
	const score = createScore(all, numbers, severityOf, maxForms);
	const scores = all.map(score);
	const limit = quantile(
		scores.map((s) => s.value),
		ASSUMED_HEALTHY,
	);
	for (const [i, id] of ids.entries()) {
		const { value, rarest, sessions, reach, severity } = scores[i] as Scored;
		const anomalous = value > limit;
		const votes = anomalous
			? [
					`rare: "${describe(numbers.name(rarest)).slice(0, 80)}" in ${sessions} of ${all.length} sessions`,
					`counts: distance ${reach.toFixed(3)} to the nearest hundredth of the sessions`,
					...(severity >= 17 ? ["level: error or worse"] : []),
				]
			: [];
		yield { id, score: value, anomalous, votes };
	}
}

interface Scored {
	value: number;
	rarest: number;
	sessions: number;
	reach: number;
	severity: number;
}

function createScore(
	all: readonly EventCounts[],
	numbers: EventNumbers,
	severityOf: (event: string) => number,
	maxForms: number,
): (counts: EventCounts) => Scored {
	const vectors = fitCountVectors(distinctForms(all, maxForms).forms);
	const inSessions = new Map<number, number>();
	for (const { events } of all) for (const event of events) inSessions.set(event, (inSessions.get(event) ?? 0) + 1);
	const neighbours = Math.max(LEAST_NEIGHBOURS, Math.ceil(all.length * NEIGHBOUR_SHARE));
	const memory = new Map<string, Scored>();
	return (counts) => {
		const key = countsKey(counts);
		const known = memory.get(key);
		if (known !== undefined) return known;
		const rarest = [...counts.events].sort((a, b) => (inSessions.get(a) ?? 0) - (inSessions.get(b) ?? 0))[0] ?? -1;
		const sessions = inSessions.get(rarest) ?? 0;
		const severity = Math.max(0, ...[...counts.events].map((event) => severityOf(numbers.name(event))));
		const reach = vectors.reach(counts, neighbours);
		const rarity = sessions === 0 ? 0 : 1 - Math.log(sessions) / Math.log(all.length + 1);
		const value = 0.5 * reach + 0.5 * rarity + severityWeight(severity);
		const scored: Scored = { value, rarest, sessions, reach, severity };
		memory.set(key, scored);
		return scored;
	};
}

/** What the level says beside the rarity. */
const severityWeight = (severity: number): number => (severity >= 21 ? 0.8 : severity >= 17 ? 0.6 : severity >= 13 ? 0.3 : 0);
