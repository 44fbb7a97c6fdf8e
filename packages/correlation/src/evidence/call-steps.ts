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
	/** The same in the order of their times, repeats included. */
	path: Step[];
	/** The call that made this one. */
	parent: Call | undefined;
	failed: boolean;
}

/** One thing that a call did. */
export interface Step {
	at: number;
	key: string;
	signal: Signal;
	/** Whether it tells of an error, by its level or its name. */
	error: boolean;
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
			call = {
				candidate,
				entry: entry.span.name,
				at,
				span: entry,
				steps: new Map(),
				path: [],
				parent: undefined,
				failed: entry.severity >= 17,
			};
			calls.set(entry, call);
		}
		return call;
	};

	for (const { signal, candidate, at } of situation.spans) {
		const call = callOf(signal);
		if (call.span !== signal) {
			take(call, { at, key: signal.span.name, signal, error: tellsError(signal, signal.span.name) });
			continue;
		}
		const parent = parentOf(signal, byId);
		if (parent === undefined) continue;
		call.parent = callOf(parent);
		// By the clock of the one who calls: that of the other may differ.
		take(call.parent, { at: timed.get(parent)?.at ?? at, key: `call ${candidate} ${signal.span.name}`, signal, error: false });
	}
	for (const log of situation.logs) {
		const span = byId.get(`${log.signal.traceId ?? ""}/${log.signal.spanId ?? ""}`);
		if (span === undefined || timed.get(span)?.candidate !== log.candidate) continue;
		take(callOf(span), {
			at: log.at,
			key: `log ${statementOf(log.signal) ?? log.template}`,
			signal: log.signal,
			error: tellsError(log.signal, ""),
		});
	}
	for (const call of calls.values()) call.path.sort((a, b) => a.at - b.at);
	return [...calls.values()].sort((a, b) => a.at - b.at);
}

function tellsError({ severity }: Signal, name: string): boolean {
	return severity >= 17 || /error|exception/i.test(name);
}

/** Characters of a line in which a logger writes who it is. */
const HEAD = 160;
/** "OrderService#42", "c.s.OrderService#42": what Java's and C#'s loggers write; "orders.py:42", "src/orders.go:42": the others'. */
const STATEMENT =
	/(?:^|[\s[(|])((?:[\w$]+\.)*[A-Za-z_$][\w$]*#\d{1,5}|[\w./$-]+\.(?:java|kt|scala|go|py|rb|rs|php|cs|js|jsx|ts|tsx|mjs|c|cc|cpp|swift|ex|exs):\d{1,5})(?=[\s\])|,:]|$)/;

/**
 * The statement of the code that wrote a line, where the logger says: it is the same step whatever the line tells, where long lines that list
 * data fall into many templates.
 */
export function statementOf({ body, attributes }: Signal): string | undefined {
	const file = attributes["code.file.path"] ?? attributes["code.filepath"];
	const line = attributes["code.line.number"] ?? attributes["code.lineno"];
	if (typeof file === "string" && (typeof line === "number" || typeof line === "string")) return `${file}:${line}`;
	return STATEMENT.exec(body.slice(0, HEAD))?.[1];
}

/** Steps of one call that are looked at: what a runaway loop repeats says no more. */
const MAX_STEPS = 400;

function take(call: Call, step: Step): void {
	if (!call.steps.has(step.key)) call.steps.set(step.key, step.signal);
	if (call.path.length < MAX_STEPS) call.path.push(step);
}
