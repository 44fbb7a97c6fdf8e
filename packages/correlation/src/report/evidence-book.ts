import type { Evidence, MetricSeries, Signal } from "@faultline/contracts";
import { figure } from "../evidence/lead.ts";

/** What the report cites: each record once, by its own id, in a bounded form. */
export interface EvidenceBook {
	/** `at`: when a series shows it, milliseconds since the epoch; its last time by default. A signal has its own time. */
	cite(record: Signal | MetricSeries, text?: string, votes?: readonly string[], at?: number): string;
	entries(): Record<string, Evidence>;
	keepOnly(ids: ReadonlySet<string>): Record<string, Evidence>;
}

const MAX_TEXT = 240;

export function createEvidenceBook(): EvidenceBook {
	const book = new Map<string, Evidence>();
	return {
		cite(record, text, votes, at) {
			const known = book.get(record.id);
			if (known === undefined) book.set(record.id, "times" in record ? ofSeries(record, text, votes, at) : ofSignal(record, text, votes));
			return record.id;
		},
		entries: () => Object.fromEntries(book),
		keepOnly: (ids) => Object.fromEntries([...book].filter(([id]) => ids.has(id))),
	};
}

function ofSignal(signal: Signal, text: string | undefined, votes: readonly string[] | undefined): Evidence {
	return {
		source: signal.source,
		kind: signal.kind,
		resource: signal.resource,
		time: signal.time,
		text: (text ?? textOf(signal)).slice(0, MAX_TEXT),
		...(signal.url === undefined ? {} : { url: signal.url }),
		...(signal.seenBy === undefined ? {} : { seenBy: signal.seenBy }),
		...(votes === undefined || votes.length === 0 ? {} : { votes: [...votes].slice(0, 4) }),
	};
}

function textOf(signal: Signal): string {
	if (signal.span !== undefined)
		return `${signal.span.name} ${figure(signal.span.durationMs)} ms${signal.severity >= 17 ? ", failed" : ""}`;
	if (signal.change !== undefined) return `${signal.change.type} ${signal.change.id.slice(0, 12)}: ${signal.change.title}`;
	if (signal.event !== undefined) return `${signal.event.reason}: ${signal.body}`;
	return signal.body;
}

function ofSeries(
	series: MetricSeries,
	text: string | undefined,
	votes: readonly string[] | undefined,
	at: number = series.times.at(-1) ?? 0,
): Evidence {
	return {
		source: series.source,
		kind: "metric",
		resource: series.resource,
		time: new Date(Number.isFinite(at) ? at : 0).toISOString(),
		text: (text ?? `${series.metric}: last ${figure(series.values.at(-1) ?? Number.NaN)} ${series.unit}`).slice(0, MAX_TEXT),
		...(series.url === undefined ? {} : { url: series.url }),
		...(votes === undefined || votes.length === 0 ? {} : { votes: [...votes].slice(0, 4) }),
	};
}
