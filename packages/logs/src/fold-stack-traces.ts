import { inferSeverity } from "./severity.ts";
import {
	continues,
	isChained,
	isExceptionName,
	isFrame,
	isGoroutine,
	isLogged,
	isTraceback,
	opening,
	type TraceState,
} from "./trace-lines.ts";

/** One log record: its first line, and the lines of its stack trace. */
export interface FoldedRecord {
	/** Lines joined by "\n". */
	text: string;
	/** Lines of input that it took. */
	lines: number;
	/** Positions of its lines in the input, from 0, in runs of which both ends count: several where another thread wrote in between. */
	runs: [first: number, last: number][];
}

/** Takes lines as they come, gives records once they can grow no more. */
export interface TraceFolder {
	push(line: string): FoldedRecord[];
	/** What is left when there are no more lines. */
	end(): FoldedRecord[];
}

/** Lines of a record that are kept; a longer trace is counted on, but not kept. */
const MAX_RECORD_LINES = 400;
/** Records that may still grow: a trace that another thread writes into goes on behind its line. */
const LOOKED_BACK = 3;
/** OpenTelemetry's WARN: what is below announces no trace. */
const WARN = 13;

interface OpenRecord {
	kept: string[];
	lines: number;
	runs: [first: number, last: number][];
	state: TraceState;
	/** Its last line that is not blank. */
	last: string;
}

/**
 * Joins the lines of stack traces (Java, Python, JavaScript, Go, Ruby, C#, PHP) to the line that they belong to; any other line is a record.
 * Chained exceptions and goroutine dumps are one record. A logger's line of trouble and the trace below it are one. Frames that come after
 * another thread's line go to the trace that they continue.
 */
export function createTraceFolder(): TraceFolder {
	let open: OpenRecord[] = [];
	let blanks: { line: string; index: number }[] = [];
	let index = 0;

	const begin = (line: string, at: number): void => {
		open.push({ kept: [line], lines: 1, runs: [[at, at]], state: opening(line), last: line });
	};
	function append(record: OpenRecord, line: string, at: number): void {
		if (record.kept.length < MAX_RECORD_LINES) record.kept.push(line);
		record.lines++;
		const run = record.runs.at(-1);
		if (run !== undefined && run[1] === at - 1) run[1] = at;
		else record.runs.push([at, at]);
		if (line.trim() !== "") record.last = line;
	}
	function standAlone(): void {
		for (const { line, index: at } of blanks) begin(line, at);
		blanks = [];
	}

	/** The record that a line continues, and its state then; undefined where it begins its own. */
	function continued(line: string): { record: OpenRecord; state: TraceState } | undefined {
		const current = open.at(-1);
		if (current === undefined) return undefined;
		if (isTraceback(line) || isGoroutine(line)) return belongsTo(current, line) ? { record: current, state: opening(line) } : undefined;
		const state = continues(line, current.state);
		if (state === undefined) return undefined;
		if (current.state !== "plain" || !isFrame(line)) return { record: current, state };
		return { record: interrupted(current) ?? announced(current) ?? current, state };
	}

	/** A trace whose frames another thread's line came between. */
	function interrupted(current: OpenRecord): OpenRecord | undefined {
		if (!isLogged(current.last) || inferSeverity(current.last) >= WARN || blanks.length > 0) return undefined;
		return open.findLast((record) => record !== current && record.state === "frames");
	}

	/** The logger's line above an exception's name. */
	function announced(current: OpenRecord): OpenRecord | undefined {
		const above = open.at(-2);
		if (above === undefined || current.lines > 1 || !isExceptionName(current.last)) return undefined;
		const [[at] = [0]] = current.runs;
		if (above.state !== "plain" || above.lines > 1 || above.runs[0]?.[1] !== at - 1) return undefined;
		if (!isLogged(above.last) || inferSeverity(above.last) < WARN) return undefined;
		open.pop();
		append(above, current.last, at);
		return above;
	}

	const close = (record: OpenRecord): FoldedRecord => ({ text: record.kept.join("\n"), lines: record.lines, runs: record.runs });

	return {
		push(line) {
			const at = index++;
			const current = open.at(-1);
			if (line.trim() === "" && (current === undefined || current.state === "plain")) {
				// Whether it parts a message from its trace is known with the next line.
				blanks.push({ line, index: at });
				if (blanks.length > LOOKED_BACK) standAlone();
			} else {
				const found = continued(line);
				if (found === undefined) {
					standAlone();
					begin(line, at);
				} else {
					for (const blank of blanks) append(found.record, blank.line, blank.index);
					blanks = [];
					append(found.record, line, at);
					found.record.state = found.state;
				}
			}
			const done = open.slice(0, Math.max(0, open.length - LOOKED_BACK));
			open = open.slice(done.length);
			return done.map(close);
		},
		end() {
			standAlone();
			const done = open.map(close);
			open = [];
			return done;
		},
	};
}

/** Whether a trace that can stand for itself belongs to the record above: one that announces trouble, or whose exception it is chained to. */
function belongsTo(record: OpenRecord, line: string): boolean {
	if (isChained(record.last)) return true;
	if (isGoroutine(line))
		return record.state === "go" || /\bpanic\b/.test(record.last) || !isLogged(record.last) || inferSeverity(record.last) >= WARN;
	return record.state === "plain" && record.lines === 1 && inferSeverity(record.last) >= WARN && !isExceptionName(record.last);
}

/** Joins the lines of stack traces as `createTraceFolder` does. Streaming. */
export function* foldStackTraces(lines: Iterable<string>): Generator<FoldedRecord> {
	const folder = createTraceFolder();
	for (const line of lines) yield* folder.push(line);
	yield* folder.end();
}
