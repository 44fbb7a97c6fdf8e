import type { Signal, SpanSignal } from "@faultline/contracts";
import { indexSpans, parentOf } from "../graph/resource-graph.ts";
import type { Situation, Timed } from "../situation.ts";

/** One call into a service, and the steps that it took there. */
export interface Call {
	candidate: string;
	/** The operation that was called. */
	entry: string;
	at: number;
	span: SpanSignal;
	/** Log templates, inner operations and outgoing calls, each once, with a record that shows it. */
	steps: Map<string, Signal>;
	failed: boolean;
}

/**
 * Puts each log and span under the call into its service that it belongs to. What a service does per call is nearly constant while it is healthy,
 * however the load and the mix of requests vary; counts per minute are not. Cost O(records).
 */
export function callsOf(situation: Situation): Call[] {
	const byId = indexSpans(situation.spans.map((s) => s.signal));
	const timed = new Map<SpanSignal, Timed<SpanSignal>>(situation.spans.map((s) => [s.signal, s]));
	const calls = new Map<SpanSignal, Call>();
	const entries = new Map<SpanSignal, SpanSignal>();

	const entryOf = (span: SpanSignal): SpanSignal => {
		const path: SpanSignal[] = [];
		let at = span;
		for (let known = entries.get(at); ; known = entries.get(at)) {
			if (known !== undefined) {
				at = known;
				break;
			}
			path.push(at);
			const parent = parentOf(at, byId);
			if (parent === undefined || timed.get(parent)?.candidate !== timed.get(at)?.candidate || path.length > 200) break;
			at = parent;
		}
		for (const one of path) entries.set(one, at);
		return at;
	};
	const callOf = (span: SpanSignal): Call => {
		const entry = entryOf(span);
		let call = calls.get(entry);
		if (call === undefined) {
			const { at, candidate } = timed.get(entry) as Timed<SpanSignal>;
			call = { candidate, entry: entry.span.name, at, span: entry, steps: new Map(), failed: entry.severity >= 17 };
			calls.set(entry, call);
		}
		return call;
	};

	for (const { signal, candidate } of situation.spans) {
		const call = callOf(signal);
		if (call.span !== signal) {
			if (!call.steps.has(signal.span.name)) call.steps.set(signal.span.name, signal);
			continue;
		}
		const parent = parentOf(signal, byId);
		if (parent === undefined) continue;
		const step = `call ${candidate} ${signal.span.name}`;
		const above = callOf(parent);
		if (!above.steps.has(step)) above.steps.set(step, signal);
	}
	for (const log of situation.logs) {
		const span = byId.get(`${log.signal.traceId ?? ""}/${log.signal.spanId ?? ""}`);
		if (span === undefined || timed.get(span)?.candidate !== log.candidate) continue;
		const call = callOf(span);
		const step = `log ${log.template}`;
		if (!call.steps.has(step)) call.steps.set(step, log.signal);
	}
	return [...calls.values()].sort((a, b) => a.at - b.at);
}
