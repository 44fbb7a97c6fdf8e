import type { Signal } from "@faultline/contracts";
import type { TemplateView } from "../situation.ts";

/** What may be the same event: a log line and an error are both lines; an alert is only ever another alert. */
export type Family = "line" | "alert";

/** One record as one store holds it, with all that it is matched by. */
export interface Sighting {
	signal: Signal;
	family: Family;
	/** A source and what it keeps there: a tracker's logs and its errors are two views of one event, two lines of one log are two lines. */
	store: string;
	/** Milliseconds since the epoch, by the store's own clock. */
	at: number;
	/** The service or resource, in a form in which sources agree. */
	place: string;
	text: string;
	/** What a person reads of it: without time, level and ids. */
	message: string;
	template: string;
	/** Stands for occurrences that were not read one by one. */
	aggregate: boolean;
}

/** Characters of a text that are compared. */
const COMPARED = 2_000;
/** Nothing is known of where it happened. */
export const NOWHERE = "unknown";

export type NameOf = (resource: string, service?: string) => string;

/** The records that may be matched, with their places resolved; those without a time are none. */
export function sightingsOf(signals: readonly Signal[], templates: TemplateView, nameOf: NameOf): Sighting[] {
	const messages = new Map<string, string>();
	const messageOf = (body: string): string => {
		let message = messages.get(body);
		if (message === undefined) {
			message = squeeze(templates.headline(body));
			messages.set(body, message);
		}
		return message;
	};
	const found: Sighting[] = [];
	for (const signal of signals) {
		const at = Date.parse(signal.time);
		const family = familyOf(signal);
		if (family === undefined || !Number.isFinite(at)) continue;
		const text = family === "alert" ? alertText(signal) : signal.body.slice(0, COMPARED);
		found.push({
			signal,
			family,
			store: `${signal.source}/${signal.kind}`,
			at,
			place: placeOf(nameOf(signal.resource, signal.service)),
			text: squeeze(text),
			message: family === "alert" ? squeeze(text) : messageOf(text),
			template: templates.of(signal.id) ?? "",
			aggregate: family === "line" && signal.count > 1,
		});
	}
	return found;
}

function familyOf({ kind }: Signal): Family | undefined {
	return kind === "log" || kind === "error" ? "line" : kind === "alert" ? "alert" : undefined;
}

function alertText({ alert, body }: Signal): string {
	return alert === undefined ? body : `${alert.name}: ${alert.summary}`;
}

/** Lower case, and one sign for all that separates words: sources spell one name in their own way. */
export function placeOf(name: string): string {
	return name.toLowerCase().replace(/[^a-z0-9]+/g, "-") || NOWHERE;
}

// Terminals' colours.
const COLOURS = /\u001b\[[0-9;]*m/g;

/** Without colours and with single spaces, as every store but the first may have it. */
export function squeeze(text: string): string {
	return text.replace(COLOURS, "").replace(/\s+/g, " ").trim();
}
