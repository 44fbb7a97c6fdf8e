import type { Mechanism, Signal } from "@faultline/contracts";
import { isBenignText, mechanismsOfText } from "../mechanism/text-lexicon.ts";
import { isFiring, type Situation, type Timed } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";
import { figure, type Lead, strengthOf } from "./lead.ts";
import { sightings } from "./small-counts.ts";

/** How long an event stays news, in milliseconds: after an hour it says half as much. */
const NEWS_MS = 3_600_000;

/** Platform events that warn, alerts that fire, and database digests that show where time goes. */
export function eventLeads(situation: Situation, moment: Moment): Lead[] {
	const now = moment.alertAt ?? situation.to;
	const leads: Lead[] = [];
	for (const timed of situation.events) {
		const { event } = timed.signal;
		if (event === undefined || event.status !== undefined) continue;
		const lead = event.performance === undefined ? warning(timed, now) : digest(timed, event.performance);
		const over = lead === undefined || lead.kind !== "event" ? undefined : endOf(timed, situation.events);
		if (lead !== undefined) leads.push(over === undefined ? lead : { ...lead, recovered: over, strength: lead.strength * OVER });
	}
	for (const timed of situation.alerts) {
		const lead = alertLead(timed);
		if (lead !== undefined) leads.push(lead);
	}
	return leads;
}

/** What a trouble is worth that its own reporter says is over. */
const OVER = 0.3;

/** When a later event of the same resource says that it is well again. */
function endOf(timed: Timed, events: readonly Timed[]): number | undefined {
	const later = events.find(
		(e) =>
			e.candidate === timed.candidate &&
			e.at > timed.at &&
			e.signal.event?.status === undefined &&
			OVER_WORDS.test(e.signal.body) &&
			isBenignText(e.signal.body),
	);
	return later?.at;
}

/** A probe fails now and then wherever something is busy, and does nothing until it fails several times in a row: what counts is how often. */
const PROBES = /\bprobe\b/i;

const OVER_WORDS =
	/recover|resolved|restored|back to normal|returned to normal|healthy again|within normal|completed|finished applying|is now available/i;

function warning(timed: Timed, now: number): Lead | undefined {
	const { signal, at, candidate } = timed;
	const { event } = signal;
	if (event === undefined) return undefined;
	const words = `${event.reason} ${signal.body}`;
	const mechanisms = mechanismsOfText(words);
	// What a probe was answered is what the probed says of itself, not of anything that it calls.
	if (PROBES.test(words)) mechanisms.delete("dependency-down");
	const severe =
		signal.severity >= 13 ||
		(signal.severity === 0 && /fail|error|availability|unhealthy|killing|backoff|evict|notready|oom/i.test(event.reason));
	if (isBenignText(words) || (!severe && mechanisms.size === 0)) return undefined;
	if (signal.severity > 0 && signal.severity < 13 && !severe) return undefined;
	const last = Math.max(at, event.lastTime === undefined ? at : Date.parse(event.lastTime) || at);
	const age = Math.max(0, now - last);
	const clarity = Math.max(0.3, ...mechanisms.values());
	const often = PROBES.test(words) ? 0.9 * sightings(signal.count) : 0.6 + 0.3 * strengthOf(1 + signal.count / 3, 1);
	const strength = clarity * often * 0.5 ** (age / NEWS_MS);
	if (strength < 0.05) return undefined;
	return {
		candidate,
		resource: signal.resource,
		kind: "event",
		role: "intrinsic",
		mechanisms,
		subject: event.reason,
		direction: "bad",
		strength,
		onset: at,
		recovered: undefined,
		text: `${event.object.kind} ${event.object.name}: ${event.reason}: ${signal.body.slice(0, 180)}${signal.count > 1 ? ` (${signal.count} times)` : ""}`,
		votes: ["warning event"],
		cites: [signal],
		loud: strength > 0.3 && severe,
	};
}

function alertLead({ signal, at, candidate }: Timed): Lead | undefined {
	const { alert } = signal;
	if (alert === undefined || !isFiring(signal) || signal.resource === "unknown") return undefined;
	const words = `${alert.name} ${alert.metric ?? ""} ${alert.summary} ${alert.description ?? ""}`.replaceAll("_", " ");
	return {
		candidate,
		resource: signal.resource,
		kind: "alert",
		role: "symptom",
		mechanisms: scaled(mechanismsOfText(words), 0.7),
		subject: alert.name,
		direction: "bad",
		strength: signal.severity >= 17 ? 0.5 : 0.35,
		onset: at,
		recovered: undefined,
		text: `${alert.name}: ${alert.summary.slice(0, 200)}${alert.value === undefined ? "" : ` (${figure(alert.value)}${alert.threshold === undefined ? "" : ` against ${figure(alert.threshold)}`})`}`,
		votes: ["alert"],
		cites: [signal],
		loud: true,
	};
}

/** A statement that takes most of a database's load says where to look; it is no fault by itself. */
function digest({ signal, candidate, at }: Timed, performance: Record<string, unknown>): Lead | undefined {
	const load = number(performance["db_load_avg"] ?? performance["load"] ?? performance["total_time_ms"]);
	if (load === undefined || load <= 0) return undefined;
	return {
		candidate,
		resource: signal.resource,
		kind: "performance",
		role: "load",
		mechanisms: new Map<Mechanism, number>(),
		subject: "heaviest statement",
		direction: "bad",
		strength: 0.1,
		onset: at,
		recovered: undefined,
		text: `${figure(load)} of load from: ${signal.body.slice(0, 160)}`,
		votes: [waits(performance)].filter((w) => w !== ""),
		cites: [signal],
		loud: false,
	};
}

function waits(performance: Record<string, unknown>): string {
	const events = performance["wait_events"];
	if (!Array.isArray(events)) return "";
	const first: unknown = events[0];
	return typeof first === "object" && first !== null && "name" in first ? `waits on ${String(first.name)}` : "";
}

const number = (x: unknown): number | undefined => (typeof x === "number" && Number.isFinite(x) ? x : undefined);

export const scaled = (mechanisms: ReadonlyMap<Mechanism, number>, by: number): Map<Mechanism, number> =>
	new Map([...mechanisms].map(([m, w]) => [m, w * by]));

/** The signals of a lead that are alerts. */
export const alertsOf = (leads: readonly Lead[]): Signal[] =>
	leads.filter((l) => l.kind === "alert").flatMap((l) => l.cites.filter((c): c is Signal => "body" in c));
