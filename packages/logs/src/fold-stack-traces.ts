/** One log record: its first line, and the lines of its stack trace. */
export interface FoldedRecord {
	/** Lines joined by "\n". */
	text: string;
	/** Lines of input that it took. */
	lines: number;
	/** Position of its first line in the input, from 0. */
	index: number;
}

/** Lines of a record that are kept; a longer trace is counted on, but not kept. */
const MAX_RECORD_LINES = 400;

/** What continues a record wherever it stands. */
const CONTINUES = new RegExp(
	[
		"^\\s+at\\s+\\S", // Java, C#, JavaScript
		"^\\s*\\.{3} \\d+ (?:more|common frames omitted)",
		"^\\s*(?:Caused by|Suppressed): ",
		"^Traceback \\(most recent call last\\):",
		'^\\s+File ".{1,512}", line \\d+',
		"^(?:During handling of the above exception|The above exception was the direct cause)",
		"^\\s+(?:from )?\\S.{0,512}\\.rb:\\d+:in ", // Ruby
		"^\\s*--- End of (?:inner exception )?stack trace",
		"^\\s+--->? ", // C#'s inner exception
		"^(?:PHP )?Stack trace:\\s*$",
		"^\\[stacktrace\\]",
		"^goroutine \\d+ \\[",
		"^\\s+\\[cause\\]: ",
		"^for call at$", // gRPC on Node
		"^\\s*#\\d+ {2,}\\S.{0,512}\\(", // Dart
	].join("|"),
);

type State = "plain" | "python" | "go" | "php" | "frames";

/** Joins the lines of stack traces (Java, Python, JavaScript, Go, Ruby, C#, PHP) to the line that they belong to. Streaming; any other line is a record. */
export function* foldStackTraces(lines: Iterable<string>): Generator<FoldedRecord> {
	let record: { kept: string[]; lines: number; index: number } | undefined;
	let state: State = "plain";
	let index = 0;
	const finish = (done: NonNullable<typeof record>): FoldedRecord => ({ text: done.kept.join("\n"), lines: done.lines, index: done.index });
	for (const line of lines) {
		const next: State | undefined = record === undefined ? undefined : continues(line, state);
		if (record === undefined || next === undefined) {
			if (record !== undefined) yield finish(record);
			record = { kept: [line], lines: 1, index };
			state = opening(line);
		} else {
			if (record.kept.length < MAX_RECORD_LINES) record.kept.push(line);
			record.lines++;
			state = next;
		}
		index++;
	}
	if (record !== undefined) yield finish(record);
}

function opening(line: string): State {
	if (line.startsWith("Traceback (most recent call last):")) return "python";
	if (/^(?:panic: |fatal error: |goroutine \d+ \[)/.test(line)) return "go";
	return "plain";
}

/** The state after a line that continues the record; undefined where it begins a new one. */
function continues(line: string, state: State): State | undefined {
	if (CONTINUES.test(line)) {
		if (/^(?:Traceback|\s+File )/.test(line)) return "python";
		if (/^goroutine/.test(line)) return "go";
		return /^(?:(?:PHP )?Stack trace|\[stacktrace\])/.test(line) ? "php" : "frames";
	}
	if (line === "") return state === "plain" ? undefined : state;
	switch (state) {
		case "python":
			// Source lines and carets are indented; the exception itself is not, and ends the trace.
			if (/^\s+\S/.test(line)) return "python";
			return /^[A-Za-z_][\w.]*(?:: |:?$)/.test(line) ? "frames" : undefined;
		case "go":
			return /^(?:\t|\s+\S{1,512}\.(?:go|s):\d+|created by |exit status |\[signal |[\w./*()-]+\(.*\)$|goroutine )/.test(line)
				? "go"
				: undefined;
		case "php":
			return /^(?:#\d+ |\s+thrown in |PHP\s+\d+\. )/.test(line) ? "php" : undefined;
		case "frames":
			return /^\s{2,}\S/.test(line) ? "frames" : undefined;
		case "plain":
			return undefined;
	}
}
