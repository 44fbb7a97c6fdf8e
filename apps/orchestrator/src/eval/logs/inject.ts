import type { Random } from "@faultline/contracts";
import { withLongerDurations } from "../../logs/line-durations.ts";

/** A raw line at its place in a stream. */
export interface PlacedLine {
	at: number;
	text: string;
	/** A beat that was put into the stream, so that every system has a rhythm to miss. */
	beat?: true;
	/** What the line is a case of, by someone who knows; else its words without what has digits. */
	truth: string;
}

export const FAULT_KINDS = ["unseen template", "burst", "missing heartbeat", "reordered", "durations x5"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a baseline had, by truth and not by what the detectors make of it. */
export interface KnownTruth {
	/** The most often that each came in a window. */
	most: ReadonlyMap<string, number>;
}

export interface FaultContext {
	random: Random;
	/** A line that this system never wrote. */
	foreign: () => string;
	known: KnownTruth;
}

const DURATION_FACTOR = 5;
const BURST_FACTOR = 5;
const LEAST_BURST = 20;

/** A window's lines with one fault, in order; undefined where the window has nothing that the fault could happen to. */
export function injectFault(
	kind: FaultKind,
	lines: readonly PlacedLine[],
	{ random, foreign, known }: FaultContext,
): PlacedLine[] | undefined {
	const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)];
	if (kind === "unseen template") {
		const place = pick(lines);
		return place && inOrder([...lines, { at: place.at, text: foreign(), truth: "unseen" }]);
	}
	if (kind === "burst") {
		const line = pick(lines.filter(({ truth, beat }) => beat !== true && known.most.has(truth)));
		if (line === undefined) return undefined;
		const copies = burstOf(known.most.get(line.truth) ?? 1);
		return inOrder([...lines, ...Array.from({ length: copies }, () => ({ ...line, at: pick(lines)?.at ?? line.at }))]);
	}
	if (kind === "missing heartbeat") return lines.some(({ beat }) => beat === true) ? lines.filter(({ beat }) => beat !== true) : undefined;
	if (kind === "reordered") {
		const texts = lines.map(({ text }) => text);
		for (let i = texts.length - 1; i > 0; i--) {
			const j = Math.floor(random() * (i + 1));
			[texts[i], texts[j]] = [texts[j] as string, texts[i] as string];
		}
		return lines.map((line, i) => ({ ...line, text: texts[i] as string }));
	}
	const longer = lines.map((line) => ({ ...line, text: withLongerDurations(line.text, DURATION_FACTOR) }));
	return longer.some(({ text }, i) => text !== lines[i]?.text) ? longer : undefined;
}

/**
 * Faults of the kinds that happen in logs of themselves: a window with a line that the baseline never had, or with one twenty times and five times as often
 * as ever, has what is injected elsewhere, and finding it is no false alarm.
 */
export function naturalFaults(lines: readonly PlacedLine[], { most }: KnownTruth): Set<FaultKind> {
	const found = new Set<FaultKind>();
	for (const [truth, { length }] of Map.groupBy(lines, (line) => line.truth)) {
		const usual = most.get(truth);
		if (usual === undefined) found.add("unseen template");
		else if (length >= burstOf(usual)) found.add("burst");
	}
	return found;
}

const burstOf = (usual: number): number => Math.max(LEAST_BURST, BURST_FACTOR * usual);

/** A line's words without those that have digits or other signs in them: what is left is roughly what it is a case of. */
const skeletonOf = (text: string): string =>
	text
		.split(/[\s,;:=()[\]{}"']+/)
		.filter((word) => /^\p{L}+$/u.test(word))
		.join(" ");

/** A beat about every `period` lines, a fifth of a period early or late. */
export function withBeats(lines: readonly { text: string; truth?: string | undefined }[], period: number, random: Random): PlacedLine[] {
	const placed: PlacedLine[] = [];
	let next = period;
	let beat = 0;
	for (const [at, { text, truth }] of lines.entries()) {
		placed.push({ at, text, truth: truth ?? skeletonOf(text) });
		if (at < next) continue;
		placed.push({ at: at + 0.5, text: `heartbeat ${beat++} from the supervisor, all well`, truth: "beat", beat: true });
		next += period * (0.8 + 0.4 * random());
	}
	return placed;
}

const inOrder = (lines: PlacedLine[]): PlacedLine[] => lines.sort((a, b) => a.at - b.at);
