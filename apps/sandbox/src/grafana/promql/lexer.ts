/** A query that cannot be answered: `kind` is Prometheus's errorType. */
export class QueryError extends Error {
	readonly kind: "bad_data" | "execution";

	constructor(kind: "bad_data" | "execution", message: string) {
		super(message);
		this.name = "QueryError";
		this.kind = kind;
	}
}

export interface Token {
	kind: "number" | "string" | "duration" | "name" | "symbol" | "end";
	text: string;
	at: number;
}

const PATTERNS: readonly [Token["kind"] | "space", RegExp][] = [
	["space", /(?:\s+|#[^\n]*)/y],
	["duration", /(?:\d+(?:ms|[smhdwy]))+(?![\w.])/y],
	["number", /(?:0x[0-9a-f]+|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)(?![\w.])|(?:inf|nan)(?!\w)/iy],
	["string", /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y],
	["name", /[a-zA-Z_:][\w:]*/y],
	["symbol", /=~|!~|==|!=|>=|<=|[-+*/%^(){}[\],=<>@]/y],
];

/** The tokens of a PromQL query, the last one "end". */
export function tokenize(query: string): Token[] {
	const tokens: Token[] = [];
	let at = 0;
	scan: while (at < query.length) {
		for (const [kind, pattern] of PATTERNS) {
			pattern.lastIndex = at;
			const text = pattern.exec(query)?.[0];
			if (text === undefined) continue;
			if (kind !== "space") tokens.push({ kind, text, at });
			at += text.length;
			continue scan;
		}
		throw new QueryError("bad_data", `1:${at + 1}: parse error: unexpected character: ${JSON.stringify(query[at])}`);
	}
	tokens.push({ kind: "end", text: "end of input", at });
	return tokens;
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };

/** "1h30m" in milliseconds. */
export function durationMs(text: string): number {
	let total = 0;
	for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
	return total;
}

/** The text of a quoted string, escapes undone. */
export function unquote(text: string): string {
	const inner = text.slice(1, -1);
	if (text.startsWith("`")) return inner;
	return inner.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, code: string) => {
		if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
		return { n: "\n", t: "\t", r: "\r" }[code] ?? code;
	});
}
