/** A name and its value in a logfmt line: where the value is, without its quotes. */
export interface LogfmtPair {
	name: string;
	start: number;
	end: number;
}

const FIRST = /^\s*[A-Za-z_@][\w.@-]{0,127}=/;
const PAIR = /\s*([A-Za-z_@][\w.@-]{0,127})=("(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)/y;

/** The pairs of a line that is nothing but pairs; undefined for any other. */
export function logfmtPairs(line: string): LogfmtPair[] | undefined {
	if (!FIRST.test(line)) return undefined;
	const pairs: LogfmtPair[] = [];
	const length = line.trimEnd().length;
	for (PAIR.lastIndex = 0; PAIR.lastIndex < length; ) {
		const pair = PAIR.exec(line);
		if (pair === null) return undefined;
		const [, name = "", value = ""] = pair;
		const quotes = Number(value.startsWith('"'));
		pairs.push({ name, start: PAIR.lastIndex - value.length + quotes, end: PAIR.lastIndex - quotes });
	}
	return pairs;
}
