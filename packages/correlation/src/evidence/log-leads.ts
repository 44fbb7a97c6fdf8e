import { isBenignText, mechanismsOfText } from "../mechanism/text-lexicon.ts";
import type { Situation, TimedLog } from "../situation.ts";
import { type Moment, phaseOf } from "../temporal/moment.ts";
import { type Lead, strengthOf } from "./lead.ts";
import { sightings } from "./small-counts.ts";

/** How far a template is from the nearest of the baseline, and from where on that is new. */
export interface TemplateNovelty {
	score: number;
	threshold: number;
	/** The same in words, with when it was first seen. */
	words?: string;
}

/** What the detectors of a service's stream said of a template, by `streamKey`. */
export interface StreamFinding {
	/** Such as "burst: 212/min against at most 14/min before". */
	words: readonly string[];
	/** A rhythm that ended: since when, its strength in [0, 1], and the last beat. */
	silence?: { since: number; strength: number; last: TimedLog };
}

export const streamKey = (candidate: string, template: string): string => `${candidate}\u0000${template}`;

interface Tally {
	candidate: string;
	template: string;
	before: number;
	after: number;
	severity: number;
	first: TimedLog | undefined;
	last: TimedLog | undefined;
	example: TimedLog;
	/** Lines that belong to a call that is known: their number follows the calls, which the steps per call account for. */
	traced: number;
}

/** Square-root deviations of a count from what the baseline leads to expect. */
const LIMIT = 4;
/** What a new template is worth that says what the baseline said already, in nearly the same words. */
const FAMILIAR = 0.7;

/** Templates that appeared, burst, or went silent at a service after the onset, and faults in their own words. */
export function logLeads(
	situation: Situation,
	moment: Moment,
	novelty: ReadonlyMap<string, TemplateNovelty> = new Map(),
	streams: ReadonlyMap<string, StreamFinding> = new Map(),
): Lead[] {
	const traced = new Set(situation.spans.map((s) => `${s.signal.traceId}/${s.signal.spanId}`));
	const tallies = tally(situation.logs, moment, traced);
	const lengths = observed(situation.logs, moment);
	const leads: Lead[] = [];
	for (const t of tallies.values()) {
		const lead = judge(t, lengths, situation, novelty.get(t.template));
		if (lead === undefined) continue;
		lead.votes.push(...(streams.get(streamKey(t.candidate, t.template))?.words ?? []));
		leads.push(lead);
	}
	for (const { silence, words } of streams.values()) if (silence !== undefined) leads.push(silent(silence, words, situation));
	return leads;
}

function tally(logs: readonly TimedLog[], moment: Moment, traced: ReadonlySet<string>): Map<string, Tally> {
	const tallies = new Map<string, Tally>();
	for (const log of logs) {
		const phase = phaseOf(moment, log.at);
		if (phase === "neither") continue;
		const key = `${log.candidate}\u0000${log.template}`;
		let t = tallies.get(key);
		if (t === undefined) {
			t = {
				candidate: log.candidate,
				template: log.template,
				before: 0,
				after: 0,
				severity: 0,
				first: undefined,
				last: undefined,
				example: log,
				traced: 0,
			};
			tallies.set(key, t);
		}
		if (traced.has(`${log.signal.traceId}/${log.signal.spanId}`)) t.traced++;
		if (phase === "before") t.before += log.signal.count;
		else {
			t.after += log.signal.count;
			t.first ??= log;
			t.last = log;
			t.severity = Math.max(t.severity, log.signal.severity);
		}
	}
	return tallies;
}

/** How long logs were really seen before and after the onset, in milliseconds: silences of other days do not count. */
function observed(logs: readonly TimedLog[], moment: Moment): { before: number; after: number } {
	let before = 0;
	let after = 0;
	const longest = Math.max(60_000, (moment.until - moment.from) * 0.1);
	for (let i = 1; i < logs.length; i++) {
		const [a, b] = [(logs[i - 1] as TimedLog).at, (logs[i] as TimedLog).at];
		const gap = Math.min(b - a, longest);
		const phase = phaseOf(moment, b);
		if (phase === "before") before += gap;
		else if (phase === "during") after += gap;
	}
	return { before, after };
}

function judge(
	t: Tally,
	lengths: { before: number; after: number },
	situation: Situation,
	novelty: TemplateNovelty | undefined,
): Lead | undefined {
	if (t.after === 0 || t.first === undefined) return undefined;
	const text = `${t.example.signal.body} ${errorText(t.first)}`;
	const severity = t.severity;
	const loudWords = severity >= 13 || (severity === 0 && mechanismsOfText(text).size > 0);
	if (!loudWords || isBenignText(t.first.signal.body)) return undefined;
	const expected = lengths.before > 0 ? ((t.before + 0.5) / lengths.before) * lengths.after : 0;
	const z = 2 * (Math.sqrt(t.after + 0.375) - Math.sqrt(expected + 0.375));
	const isNew = t.before === 0;
	if (!isNew && (z < LIMIT || t.traced > 0.5 * (t.before + t.after))) return undefined;
	const level = severity >= 17 ? 1 : severity >= 13 ? 0.7 : 0.5;
	// What is written once in a window was not written before by chance alone, unless it names a fault that nothing else is called by.
	const sharp = mechanismsOfText(text)
		.values()
		.some((weight) => weight >= 1);
	const volume = isNew ? (sharp ? 0.4 + 0.5 * strengthOf(Math.max(z, LIMIT), LIMIT / 2) : 0.9 * sightings(t.after)) : strengthOf(z, LIMIT);
	const body = t.first.signal.body;
	const blamesOther = BLAMES_CALLEE.test(body) || namesAnother(t, situation);
	return {
		candidate: t.candidate,
		resource: t.first.signal.resource,
		kind: t.first.signal.kind === "error" ? "error" : "template",
		role: BLAMES_CALLER.test(body) ? "load" : blamesOther ? "symptom" : "intrinsic",
		mechanisms: mechanismsOfText(text),
		subject: situation.templates.text(t.template) ?? t.template,
		direction: isNew ? "new" : "up",
		strength:
			level *
			volume *
			(isNew && novelty !== undefined ? FAMILIAR + (1 - FAMILIAR) * Math.min(1, novelty.score / (2 * novelty.threshold)) : 1),
		onset: t.first.at,
		recovered: undefined,
		text: `"${situation.templates.headline(body)}" ${t.after} times${isNew ? ", never before" : `, ${Math.round(expected)} expected`}`,
		votes: [
			isNew
				? novelty === undefined
					? "new template"
					: (novelty.words ?? `new template, novelty ${novelty.score.toFixed(2)} against ${novelty.threshold.toFixed(2)}`)
				: `burst: ${z.toFixed(1)} deviations`,
			severity >= 17 ? "error level" : "warning level",
		],
		cites: t.last !== undefined && t.last !== t.first ? [t.first.signal, t.last.signal] : [t.first.signal],
		cluster: { id: t.template.slice(0, 40), count: t.after, baselineCount: t.before, severity },
		loud: severity >= 17,
	};
}

/** What beat steadily and stopped says that whoever beat it did. */
function silent({ since, strength, last }: NonNullable<StreamFinding["silence"]>, words: readonly string[], situation: Situation): Lead {
	const { body, resource } = last.signal;
	return {
		candidate: last.candidate,
		resource,
		kind: "template",
		role: "intrinsic",
		mechanisms: new Map(),
		subject: situation.templates.text(last.template) ?? last.template,
		direction: "gone",
		strength,
		onset: since,
		recovered: undefined,
		text: `"${situation.templates.headline(body)}" came steadily, and stopped`,
		votes: [...words],
		cites: [last.signal],
		loud: false,
	};
}

/** Words of one who was let down by what it calls. */
const BLAMES_CALLEE =
	/\bupstream\b|\bdownstream\b|bad gateway|service unavailable|dependency|connection refused|ECONNREFUSED|remote (?:error|service|call)|call(?:ing)? \S+ failed|(?:call|request) (?:to \S+ )?failed/i;
/** Words of one whose caller gave up. */
const BLAMES_CALLER =
	/(?:cancell?ed|closed|aborted|dropped) by (?:the )?(?:client|caller|peer|remote)|client (?:closed|disconnected|gave up|went away|cancell?ed)/i;

function errorText(log: TimedLog): string {
	const error = log.signal.attributes["error"] ?? log.signal.attributes["exception"];
	return typeof error === "string" ? error : "";
}

/** Whether the message speaks of another resource as the one that fails. */
function namesAnother(t: Tally, { graph }: Situation): boolean {
	return mentions(t.example.signal.body, t.candidate, graph.nodes).some((named) => !graph.callees(named).has(t.candidate));
}

/** The candidates that a text names, other than its own. Short and common names are not trusted. */
export function mentions(text: string, own: string, nodes: ReadonlySet<string>): string[] {
	const found: string[] = [];
	const low = text.toLowerCase();
	for (const node of nodes) {
		if (node === own || node.length < 4) continue;
		const at = low.indexOf(node.toLowerCase());
		if (at < 0) continue;
		const [before, after] = [low[at - 1] ?? " ", low[at + node.length] ?? " "];
		if (!/[a-z0-9-]/.test(before) && !/[a-z0-9]/.test(after)) found.push(node);
	}
	return found;
}
