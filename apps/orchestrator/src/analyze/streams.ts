import { fitStream, type StreamLine, type StreamVote } from "@faultline/anomaly";
import { type Moment, type Situation, type StreamFinding, streamKey } from "@faultline/correlation";
import { durationsOf } from "../logs/line-durations.ts";

type Log = Situation["logs"][number];

/** What a service must have logged before the fault to have a usual way. */
const LEAST_LINES = 12;
/** Windows that the healthy time must have room for, and how long one is at least and at most. */
const WINDOWS_BEFORE = 8;
const SHORTEST_MS = 30_000;
const LONGEST_MS = 600_000;
/** Lines of a service that are looked at: the last before the fault, and the first of it; windows of the fault that are judged. */
const MOST_BEFORE = 8_000;
const MOST_DURING = 4_000;
const MOST_WINDOWS = 40;
/** Copies of a line that was recorded once with a count. */
const MOST_COPIES = 20;
/** Share of healthy windows that one detector may call unusual: there are many services and windows. */
const RISK = 0.001;
/** Doublings of the most that was usual, from which on a burst is one. */
const LEAST_BURST = 1;
/** A rhythm that ended is a sign of a fault where it was silent for this many doublings of its longest gap, weighed by how regular it was. */
const LEAST_SILENCE = 0.5;
/** And no more than a hint: a service that is asked nothing may stop saying something too. */
const MOST_STRENGTH = 0.35;
/** New templates are judged by the encoder (novelty.ts). */
const DETECTORS = { disabled: ["new template"] };

/** Bursts, rhythms that ended, orders and durations by service, against what its log was like before the fault: votes in words by template. */
export function judgeStreams(situation: Situation, moment: Moment): Map<string, StreamFinding> {
	const found = new Map<string, StreamFinding>();
	// Nothing is silent where nothing is recorded any more.
	const recorded = Math.min(moment.until, situation.logs.at(-1)?.at ?? moment.until);
	for (const logs of Map.groupBy(situation.logs, ({ candidate }) => candidate).values()) {
		const before = logs.filter(({ at }) => at < moment.onset).slice(-MOST_BEFORE);
		const stretches = [before, ...moment.healthyLater.map(({ from, to }) => logs.filter(({ at }) => at >= from && at <= to))];
		const healthy = stretches.reduce((sum, lines) => sum + (lines.at(-1)?.at ?? 0) - (lines[0]?.at ?? 0), 0);
		const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, healthy / WINDOWS_BEFORE));
		if (before.length < LEAST_LINES || healthy < WINDOWS_BEFORE * length || recorded - moment.onset < length) continue;
		const during = logs.filter(({ at }) => at >= moment.onset && at <= recorded).slice(0, MOST_DURING);
		const end = during.length < MOST_DURING ? recorded : (during.at(-1) as Log).at;
		const judge = fitStream({
			baseline: stretches.map((lines) => lines.flatMap(toLines)),
			length,
			detectors: DETECTORS,
			risk: RISK,
		});
		const lines = during.flatMap(toLines);
		const step = Math.max(length / 2, (end - moment.onset) / MOST_WINDOWS);
		for (let from = moment.onset; from + length <= end; from += step) {
			const window = { from, to: from + length, lines: lines.filter(({ at }) => at >= from && at < from + length) };
			for (const vote of judge(window).votes)
				if (vote.event !== undefined && vote.raw > Math.max(vote.threshold, vote.detector === "burst" ? LEAST_BURST : 0))
					keep(found, vote, before);
		}
	}
	return found;
}

function toLines({ signal, at, template }: Log): StreamLine[] {
	const line = { at, event: template, values: durationsOf(signal.body) };
	return signal.count === 1 ? [line] : new Array<StreamLine>(Math.min(MOST_COPIES, signal.count)).fill(line);
}

/** The first words of each detector about a template: when it began is what a reader asks. */
function keep(found: Map<string, StreamFinding>, vote: StreamVote, before: readonly Log[]): void {
	const last = before.findLast(({ template }) => template === vote.event);
	if (last === undefined) return;
	const key = streamKey(last.candidate, last.template);
	const known = found.get(key) ?? { words: [] };
	if (known.words.some((words) => words.startsWith(`${vote.detector}:`))) return;
	// The lead that the words stand under names the template already.
	const words = [...known.words, vote.evidence.replace(` in "${vote.event}"`, "").replace(`"${vote.event}" `, "")];
	// What belongs to a call stops where the calls do: that is not this service's doing.
	const rhythm = vote.detector === "heartbeat" && vote.raw >= LEAST_SILENCE && last.signal.traceId === undefined;
	const silence = rhythm ? { since: vote.since ?? last.at, strength: MOST_STRENGTH * (1 - 2 ** -vote.raw), last } : known.silence;
	found.set(key, silence === undefined ? { words } : { words, silence });
}
