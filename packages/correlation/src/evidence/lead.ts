import type { Anomaly, Mechanism, MetricSeries, Signal } from "@faultline/contracts";

/** One abnormal thing, as the extractors find it: times in milliseconds, evidence by reference. */
export interface Lead {
	candidate: string;
	resource: string;
	kind: Anomaly["kind"];
	/**
	 * "intrinsic": about this resource alone. "symptom": callers of a faulty resource show it too. "load": what it is asked, which its callers decide.
	 */
	role: "intrinsic" | "symptom" | "load";
	mechanisms: ReadonlyMap<Mechanism, number>;
	subject: string;
	direction: Anomaly["direction"];
	/** 0 to 1. */
	strength: number;
	onset: number | undefined;
	recovered: number | undefined;
	text: string;
	/** How it moved, for a reader; not part of the text, which is searched for words of the fault. */
	course?: string;
	votes: string[];
	cites: (Signal | MetricSeries)[];
	/** The log template that it is about. */
	cluster?: { id: string; count: number; baselineCount: number; severity: number };
	/** The share of requests that fail, where it says so: the usual one of the time since the onset. */
	share?: number;
	/** Whether someone was told, or it is a fault by its own words: enough for an incident by itself. */
	loud: boolean;
}

/** What a reader is told of it. */
export function told({ text, course }: Lead): string {
	return course === undefined ? text : `${text}, ${course}`;
}

/** Independent pieces of evidence together: 1 - prod(1 - s). In [0, 1]. */
export function together(strengths: Iterable<number>): number {
	let rest = 1;
	for (const s of strengths) rest *= 1 - Math.max(0, Math.min(1, s));
	return 1 - rest;
}

/** A deviation in sigmas beyond a limit, as a strength in [0, 1): half at twice the limit, saturating. */
export function strengthOf(deviation: number, limit: number): number {
	const over = Math.abs(deviation) / limit;
	return over <= 1 ? 0 : 1 - 1 / over;
}

/** A number for a reader: three significant digits, no exponent for what people read every day. */
export function figure(x: number): string {
	if (!Number.isFinite(x)) return "-";
	const magnitude = Math.abs(x);
	if (magnitude >= 1e9) return `${Number((x / 1e9).toPrecision(3))} G`;
	if (magnitude >= 1e6) return `${Number((x / 1e6).toPrecision(3))} M`;
	if (magnitude >= 1e4) return `${Number((x / 1e3).toPrecision(3))} k`;
	return String(Number(x.toPrecision(3)));
}

/** A figure with its unit as people write it: UCUM's "By" is B, its "1" and annotations in braces say nothing; a letter that scales joins the unit. */
export function quantity(x: number, unit: string): string {
	const shown = figure(x);
	if (/^(?:1|none|count)?$/i.test(unit)) return shown;
	const word = unit
		.replace(/\{[^}]*\}/g, "")
		.replace(/^(?:1|count)(?=\/)/i, "")
		.replace(/^(?:By|bytes?)\b/i, "B")
		.replace(/^percent$/i, "%")
		.replace(/^milliseconds?$/i, "ms")
		.replace(/^seconds?$/i, "s")
		.trim();
	return word === "" || /^[%/]/.test(word) || / [kMG]$/.test(shown) ? `${shown}${word}` : `${shown} ${word}`;
}
