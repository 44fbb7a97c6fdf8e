import type { Signal } from "@faultline/contracts";
import { foldStackTraces } from "@faultline/logs";

/** Lines of one trace are written within this, in milliseconds; what comes later belongs to something else. */
const TOGETHER_MS = 1_000;
/** Frames of every language are indented, or numbered as PHP's. */
const MAY_BE_FRAME = /^(?:\s|#\d)/;

interface TimedLog {
	signal: Signal;
	at: number;
	/** Among all signals. */
	position: number;
}

/**
 * Stack traces whose lines arrived as records of their own (a runtime that ships line by line) become one record each: the first line's, under its
 * id and time, with all lines as its text. Only within one resource of one source, and only lines that were written together.
 */
export function foldTraces(signals: readonly Signal[]): Signal[] {
	const kept: (Signal | undefined)[] = [...signals];
	for (const stream of streamsOf(signals)) {
		if (!stream.some(({ signal }) => MAY_BE_FRAME.test(signal.body))) continue;
		for (const record of recordsOf(stream.sort((a, b) => a.at - b.at))) {
			const [first, ...others] = record;
			if (first === undefined || others.length === 0) continue;
			kept[first.position] = joined(record.map(({ signal }) => signal));
			for (const { position } of others) kept[position] = undefined;
		}
	}
	return kept.filter((signal) => signal !== undefined);
}

function streamsOf(signals: readonly Signal[]): Iterable<TimedLog[]> {
	const streams = new Map<string, TimedLog[]>();
	for (const [position, signal] of signals.entries()) {
		const at = Date.parse(signal.time);
		// A record of several lines was put together where it was written.
		if (signal.kind !== "log" || signal.resource === "unknown" || !Number.isFinite(at)) continue;
		const key = `${signal.source}\u0000${signal.resource}`;
		const stream = streams.get(key);
		if (stream === undefined) streams.set(key, [{ signal, at, position }]);
		else stream.push({ signal, at, position });
	}
	return streams.values();
}

/** The lines of each record of a stream, which is in order of time. */
function* recordsOf(stream: readonly TimedLog[]): Generator<TimedLog[]> {
	for (let from = 0; from < stream.length; ) {
		let to = from + 1;
		while (to < stream.length && areTogether(stream[to - 1] as TimedLog, stream[to] as TimedLog)) to++;
		const lines = stream.slice(from, to);
		from = to;
		if (lines.length === 1 || !lines.some(({ signal }) => MAY_BE_FRAME.test(signal.body))) continue;
		for (const { runs } of foldStackTraces(lines.map(({ signal }) => signal.body)))
			yield runs.flatMap(([first, last]) => lines.slice(first, last + 1));
	}
}

function areTogether(a: TimedLog, b: TimedLog): boolean {
	if (a.signal.body.includes("\n") || b.signal.body.includes("\n")) return false;
	if (a.signal.traceId !== undefined && b.signal.traceId !== undefined && a.signal.traceId !== b.signal.traceId) return false;
	return b.at - a.at <= TOGETHER_MS;
}

/** One record of several: the first, with what the others know beyond it. */
function joined(lines: readonly Signal[]): Signal {
	const first = lines[0] as Signal;
	const { traceId, spanId } = lines.find((line) => line.traceId !== undefined) ?? first;
	return {
		...first,
		body: lines.map((line) => line.body).join("\n"),
		severity: Math.max(...lines.map((line) => line.severity)),
		redactions: lines.reduce((sum, line) => sum + line.redactions, 0),
		attributes: Object.assign({}, ...lines.toReversed().map((line) => line.attributes)),
		...(traceId !== undefined && { traceId }),
		...(spanId !== undefined && { spanId }),
	};
}
