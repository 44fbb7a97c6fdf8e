import { durationMs, QueryError, type Token, tokenize, unquote } from "./lexer.ts";

export interface Matcher {
	label: string;
	operator: "=" | "!=" | "=~" | "!~";
	value: string;
}

export interface Selector {
	type: "selector";
	matchers: Matcher[];
	/** Milliseconds; present for a range vector. */
	range?: number;
	/** Milliseconds; how far back the selector looks. */
	offset: number;
}

export interface Grouping {
	without: boolean;
	labels: string[];
}

export interface Matching {
	on: boolean;
	labels: string[];
}

export type Expression =
	| { type: "number"; value: number }
	| { type: "string"; value: string }
	| Selector
	| { type: "call"; name: string; args: Expression[] }
	| { type: "aggregate"; operator: string; grouping: Grouping; parameter?: Expression; of: Expression }
	| { type: "negate"; of: Expression }
	| { type: "binary"; operator: string; left: Expression; right: Expression; bool: boolean; matching?: Matching };

export const AGGREGATIONS = ["sum", "avg", "min", "max", "count", "topk", "bottomk"] as const;
const PARAMETRISED = ["topk", "bottomk"];
const REFUSED_AGGREGATIONS = ["stddev", "stdvar", "group", "count_values", "quantile", "limitk", "limit_ratio"];
const SET_OPERATORS = ["and", "or", "unless"];
const PRECEDENCE: Record<string, number> = {
	"==": 1,
	"!=": 1,
	"<=": 1,
	"<": 1,
	">=": 1,
	">": 1,
	"+": 2,
	"-": 2,
	"*": 3,
	"/": 3,
	"%": 3,
	"^": 5,
};
const UNARY = 4;

/** Reads a PromQL query. @throws QueryError bad_data where it is wrong, execution where the sandbox does not support it */
export function parseQuery(query: string): Expression {
	const reader = new Reader(tokenize(query));
	const expression = readExpression(reader, 0);
	reader.expectKind("end");
	return expression;
}

class Reader {
	readonly #tokens: Token[];
	#at = 0;

	constructor(tokens: Token[]) {
		this.#tokens = tokens;
	}

	get next(): Token {
		return this.#tokens[this.#at] ?? { kind: "end", text: "end of input", at: 0 };
	}

	take(): Token {
		const token = this.next;
		this.#at++;
		return token;
	}

	is(text: string): boolean {
		return this.next.text === text && this.next.kind !== "string";
	}

	accept(text: string): boolean {
		if (!this.is(text)) return false;
		this.#at++;
		return true;
	}

	expect(text: string): void {
		if (!this.accept(text)) throw this.unexpected(`"${text}"`);
	}

	expectKind(kind: Token["kind"]): Token {
		if (this.next.kind !== kind) throw this.unexpected(kind === "end" ? "end of input" : kind);
		return this.take();
	}

	unexpected(wanted: string): QueryError {
		return new QueryError(
			"bad_data",
			`1:${this.next.at + 1}: parse error: unexpected ${JSON.stringify(this.next.text)}, expected ${wanted}`,
		);
	}
}

function readExpression(reader: Reader, floor: number): Expression {
	let left = readUnary(reader);
	for (;;) {
		const operator = reader.next.text;
		if (SET_OPERATORS.includes(operator)) throw new QueryError("execution", `the sandbox does not support the set operator "${operator}"`);
		const precedence = reader.next.kind === "symbol" ? PRECEDENCE[operator] : undefined;
		if (precedence === undefined || precedence <= floor) return left;
		reader.take();
		const bool = reader.accept("bool");
		const matching = readMatching(reader);
		// "^" binds to the right: 2 ^ 3 ^ 2 is 2 ^ 9.
		const right = readExpression(reader, operator === "^" ? precedence - 0.5 : precedence);
		left = { type: "binary", operator, left, right, bool, ...(matching ? { matching } : {}) };
	}
}

function readMatching(reader: Reader): Matching | undefined {
	if (!reader.is("on") && !reader.is("ignoring")) return undefined;
	const on = reader.take().text === "on";
	const labels = readLabels(reader);
	if (reader.is("group_left") || reader.is("group_right"))
		throw new QueryError("execution", "the sandbox matches vectors one to one: group_left and group_right are not supported");
	return { on, labels };
}

function readUnary(reader: Reader): Expression {
	if (reader.accept("+")) return readExpression(reader, UNARY);
	if (reader.accept("-")) return { type: "negate", of: readExpression(reader, UNARY) };
	return readModifiers(reader, readPrimary(reader));
}

function readPrimary(reader: Reader): Expression {
	const token = reader.next;
	if (token.kind === "number") return { type: "number", value: numberOf(reader.take().text) };
	if (token.kind === "string") return { type: "string", value: unquote(reader.take().text) };
	if (reader.is("{")) return { type: "selector", matchers: readMatchers(reader), offset: 0 };
	if (reader.accept("(")) {
		const inner = readExpression(reader, 0);
		reader.expect(")");
		return inner;
	}
	if (token.kind === "name") return readNamed(reader, reader.take().text);
	throw reader.unexpected("an expression");
}

function readNamed(reader: Reader, name: string): Expression {
	const opens = reader.is("(") || reader.is("by") || reader.is("without");
	if (opens && (AGGREGATIONS as readonly string[]).includes(name)) return readAggregate(reader, name);
	if (opens && REFUSED_AGGREGATIONS.includes(name))
		throw new QueryError("execution", `the sandbox does not support the aggregation "${name}" (only ${AGGREGATIONS.join(", ")})`);
	if (reader.accept("(")) {
		const args: Expression[] = [];
		while (!reader.accept(")")) {
			args.push(readExpression(reader, 0));
			if (!reader.is(")")) reader.expect(",");
		}
		return { type: "call", name, args };
	}
	const own: Matcher = { label: "__name__", operator: "=", value: name };
	return { type: "selector", matchers: [own, ...(reader.is("{") ? readMatchers(reader) : [])], offset: 0 };
}

function readAggregate(reader: Reader, operator: string): Expression {
	let grouping = readGrouping(reader);
	reader.expect("(");
	const parameter = PARAMETRISED.includes(operator) ? readExpression(reader, 0) : undefined;
	if (parameter) reader.expect(",");
	const of = readExpression(reader, 0);
	reader.expect(")");
	grouping ??= readGrouping(reader);
	return { type: "aggregate", operator, grouping: grouping ?? { without: false, labels: [] }, of, ...(parameter ? { parameter } : {}) };
}

function readGrouping(reader: Reader): Grouping | undefined {
	if (!reader.is("by") && !reader.is("without")) return undefined;
	return { without: reader.take().text === "without", labels: readLabels(reader) };
}

function readLabels(reader: Reader): string[] {
	reader.expect("(");
	const labels: string[] = [];
	while (!reader.accept(")")) {
		labels.push(reader.next.kind === "string" ? unquote(reader.take().text) : reader.expectKind("name").text);
		if (!reader.is(")")) reader.expect(",");
	}
	return labels;
}

/** {label="value", "utf-8 label"=~"v", "utf-8 metric name"} */
function readMatchers(reader: Reader): Matcher[] {
	reader.expect("{");
	const matchers: Matcher[] = [];
	while (!reader.accept("}")) {
		const quoted = reader.next.kind === "string";
		const label = quoted ? unquote(reader.take().text) : reader.expectKind("name").text;
		const operator = reader.next.text;
		if (operator === "=" || operator === "!=" || operator === "=~" || operator === "!~") {
			reader.take();
			matchers.push({ label, operator, value: unquote(reader.expectKind("string").text) });
		} else if (quoted) matchers.push({ label: "__name__", operator: "=", value: label });
		else throw reader.unexpected("a label matching operator");
		if (!reader.is("}")) reader.expect(",");
	}
	return matchers;
}

function readModifiers(reader: Reader, expression: Expression): Expression {
	let result = expression;
	for (;;) {
		if (reader.accept("[")) {
			const text = reader.expectKind("duration").text;
			if (!reader.is("]")) throw new QueryError("execution", "the sandbox does not support subqueries");
			reader.expect("]");
			if (result.type !== "selector") throw new QueryError("bad_data", "parse error: ranges only allowed for vector selectors");
			result = { ...result, range: durationMs(text) };
		} else if (reader.accept("offset")) {
			const sign = reader.accept("-") ? -1 : 1;
			if (result.type !== "selector") throw new QueryError("bad_data", "parse error: offset modifier must be preceded by a selector");
			result = { ...result, offset: sign * durationMs(reader.expectKind("duration").text) };
		} else if (reader.is("@")) throw new QueryError("execution", "the sandbox does not support the @ modifier");
		else return checkSelector(result);
	}
}

function checkSelector(expression: Expression): Expression {
	if (expression.type !== "selector") return expression;
	if (expression.matchers.some((m) => !matcherOf(m)(""))) return expression;
	throw new QueryError("bad_data", "parse error: vector selector must contain at least one non-empty matcher");
}

function numberOf(text: string): number {
	const lower = text.toLowerCase();
	return lower === "inf" ? Number.POSITIVE_INFINITY : lower === "nan" ? Number.NaN : Number(lower);
}

/** Whether a label's value (empty where the label is missing) satisfies a matcher; regular expressions are anchored. */
export function matcherOf({ operator, value }: Matcher): (found: string) => boolean {
	if (operator === "=") return (found) => found === value;
	if (operator === "!=") return (found) => found !== value;
	let regex: RegExp;
	try {
		regex = new RegExp(`^(?:${value})$`, "s");
	} catch {
		throw new QueryError("bad_data", `parse error: error parsing regexp: ${JSON.stringify(value)}`);
	}
	return operator === "=~" ? (found) => regex.test(found) : (found) => !regex.test(found);
}
