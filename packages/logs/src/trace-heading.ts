import { continues, isExceptionName, isGoroutine, isTraceback, opening } from "./trace-lines.ts";

/** Characters and lines of a record that are looked at. */
const MAX_CHARS = 65_536;
const MAX_HEAD_LINES = 2;
/** Python's exception below its frames: not indented, a name and what it says. */
const RAISED = /^[A-Za-z_][\w.]*(?:: |:?$)/;

/**
 * What a stack trace says without where: the lines above its frames, and of Python's and Node's the exception that stands below them. Undefined
 * for a text without frames. Joined by "\n".
 */
export function traceHeading(text: string): string | undefined {
	if (!text.includes("\n")) return undefined;
	const lines = text.slice(0, MAX_CHARS).split("\n");
	const at = lines.findIndex((line) => isTraceback(line) || isGoroutine(line) || opening(line) === "node" || isFrameLike(line));
	if (at < 0) return undefined;
	const above = lines.slice(0, at).filter((line) => line.trim() !== "");
	const first = lines[at] ?? "";
	const below = isTraceback(first)
		? lines.findLast((line, i) => i > at && RAISED.test(line))
		: opening(first) === "node"
			? uncaught(lines)
			: undefined;
	const heading = [...above.slice(0, MAX_HEAD_LINES), ...(below === undefined ? [] : [below])];
	return heading.length === 0 ? undefined : heading.join("\n");
}

const isFrameLike = (line: string): boolean => continues(line, "plain") !== undefined;
const uncaught = (lines: readonly string[]): string | undefined =>
	lines.find((line) => isExceptionName(line) || line.startsWith("Uncaught "));
