/** What lines of stack traces look like, language by language. All patterns are anchored and linear. */

/** Where a record is: in no trace, or in one of a kind that decides what may follow. */
export type TraceState = "plain" | "head" | "python" | "go" | "php" | "node" | "frames";

/** What continues a record wherever it stands. */
const CONTINUES = new RegExp(
	[
		"^\\s+(?:at|eval at)\\s+\\S", // Java, C#, JavaScript
		"^\\s*\\.{3} \\d+ (?:more|common frames omitted)",
		"^\\s*(?:Caused by|Suppressed): ",
		"^\\s+nested exception is:",
		'^\\s+File ".{1,512}", line \\d+',
		"^(?:During handling of the above exception|The above exception was the direct cause)",
		"^\\s+(?:from )?\\S.{0,512}\\.rb:\\d+:in ", // Ruby
		"^\\s*--- End of (?:inner exception )?stack trace",
		"^\\s+--->? ", // C#'s inner exception
		"^(?:PHP )?Stack trace:\\s*$",
		"^\\[stacktrace\\]",
		"^\\s+\\[cause\\]: ",
		"^for call at$", // gRPC on Node
		"^\\s*#\\d+ {2,}\\S.{0,512}\\(", // Dart
	].join("|"),
);

/** A frame, which tells nothing of the exception that it belongs to. */
const FRAME = /^\s+(?:at|eval at|from)\s+\S|^\s*\.{3} \d+ (?:more|common)|^\s*Caused by: /;
const TRACEBACK = /^\s*(?:\+ Exception Group )?Traceback \(most recent call last\):/;
const CHAINED = /^(?:During handling of the above exception|The above exception was the direct cause)/;
/** An exception's name alone at the beginning of a line: Java's logger prints it below its message. */
const EXCEPTION = /^(?:[A-Za-z_$][\w$]{0,100}[.:]{1,2}){0,20}(?:[A-Za-z_$][\w$]{0,100})?(?:Exception|Error|Throwable|Failure)(?::|$)/;
const LOGGED =
	/^\W{0,3}(?:\d{4}[-/]\d\d|\d\d?[:/]\d\d|[A-Z][a-z]{2} +\d{1,2} \d\d:|[IWEF]\d{4} |(?:TRACE|DEBUG|INFO|NOTICE|WARN|ERROR|FATAL|SEVERE)\b)/;

export const isFrame = (line: string): boolean => FRAME.test(line);
export const isTraceback = (line: string): boolean => TRACEBACK.test(line);
export const isGoroutine = (line: string): boolean => /^goroutine \d+ \[/.test(line);
export const isChained = (line: string): boolean => CHAINED.test(line);
export const isExceptionName = (line: string): boolean => EXCEPTION.test(line);
/** A line that a logger wrote: it begins with a time or a level. */
export const isLogged = (line: string): boolean => LOGGED.test(line);

/** The state after the first line of a record. */
export function opening(line: string): TraceState {
	if (TRACEBACK.test(line)) return "python";
	if (/^(?:panic: |fatal error: |goroutine \d+ \[)/.test(line)) return "go";
	if (/^(?:\/|node:|file:\/\/)\S{1,500}:\d+$/.test(line)) return "node";
	return /^Unhandled exception:$/.test(line) ? "head" : "plain";
}

/** The state after a line that continues the record; undefined where it begins a new one. */
export function continues(line: string, state: TraceState): TraceState | undefined {
	if (CONTINUES.test(line)) {
		if (/^\s+File /.test(line)) return "python";
		if (/^\s+nested exception is:/.test(line)) return "head";
		return /^(?:(?:PHP )?Stack trace|\[stacktrace\])/.test(line) ? "php" : "frames";
	}
	if (line.trim() === "") return state === "plain" ? undefined : state;
	switch (state) {
		case "head":
			// What is announced stands in the next line, whatever it looks like.
			return "frames";
		case "python":
			// Source lines and carets are indented; the exception itself is not, and ends the trace.
			if (/^\s+\S/.test(line)) return "python";
			return /^[A-Za-z_][\w.]*(?:: |:?$)/.test(line) ? "frames" : undefined;
		case "go":
			return GO.test(line) ? "go" : undefined;
		case "php":
			return /^(?:#\d+ |\s+thrown in |PHP\s+\d+\. |Next \S)/.test(line) ? "php" : undefined;
		case "node":
			if (/^\s+\S|^\^/.test(line)) return "node";
			return isExceptionName(line) || /^(?:throw |Uncaught )/.test(line) ? "frames" : undefined;
		case "frames":
			return /^(?:\s{2,}|\t)\S|^\}\s*$|^Node\.js v\d|^<asynchronous suspension>$|^\S{1,300}\.rb:\d+:in /.test(line) ? "frames" : undefined;
		case "plain":
			return undefined;
	}
}

const GO =
	/^(?:\t|\s+\S{1,512}\.(?:go|s):\d+|created by |exit status |\[signal |[\w./*()[\]·,{}%-]+\(.*\)$|goroutine |\.\.\.|[a-z]\w{1,5} +0x[0-9a-f]+$)/;
