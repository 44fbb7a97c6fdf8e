import { ServiceError } from "./service-error.ts";

export type LogFilter = (message: string) => boolean;

const invalid = (text: string) => new ServiceError("InvalidParameterException", `Invalid filter pattern: ${text}`);

/**
 * Compiles a CloudWatch Logs filter pattern: terms (all must occur), "phrases", ?any ?of, -excluded, %regular expression%,
 * and `{ $.field = value }` for JSON with && and ||. Terms are case-sensitive, as at AWS.
 *
 * @throws ServiceError InvalidParameterException for what it does not support (space-delimited patterns)
 */
export function compileFilter(pattern: string | undefined): LogFilter {
	const text = pattern?.trim() ?? "";
	if (text === "") return () => true;
	if (text.startsWith("{")) return compileJsonFilter(text);
	if (text.startsWith("[")) throw invalid("space-delimited patterns are not supported here");
	return compileTerms(text);
}

function compileTerms(text: string): LogFilter {
	const all: LogFilter[] = [];
	const any: LogFilter[] = [];
	for (const [, sign = "", phrase, regex, word] of text.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|(\S+))/g)) {
		const term = phrase?.replace(/\\(.)/g, "$1") ?? word ?? "";
		const occurs: LogFilter = regex === undefined ? (m) => m.includes(term) : matcherOf(regex);
		if (sign === "?") any.push(occurs);
		else if (sign === "-") all.push((m) => !occurs(m));
		else all.push(occurs);
	}
	return (m) => all.every((f) => f(m)) && (any.length === 0 || any.some((f) => f(m)));
}

function matcherOf(source: string): LogFilter {
	try {
		const regex = new RegExp(source);
		return (m) => regex.test(m);
	} catch {
		throw invalid("not a regular expression");
	}
}

const CONDITION = /^\(?\s*\$\.([\w.@-]+)\s*(=|!=|<=|>=|<|>)\s*("(?:[^"\\]|\\.)*"|[^\s"()]+)\s*\)?$/;

function compileJsonFilter(text: string): LogFilter {
	const inner = /^\{(.*)\}$/s.exec(text)?.[1];
	if (inner === undefined) throw invalid("unbalanced braces");
	const alternatives = inner.split("||").map((part) => part.split("&&").map((c) => compileCondition(c.trim())));
	return (message) => {
		const value = jsonOf(message);
		return value !== undefined && alternatives.some((conditions) => conditions.every((c) => c(value)));
	};
}

function jsonOf(message: string): unknown {
	try {
		return JSON.parse(message);
	} catch {
		return undefined;
	}
}

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

function compileCondition(text: string): (value: unknown) => boolean {
	const [, path, operator, literal] = CONDITION.exec(text) ?? [];
	if (path === undefined || literal === undefined) throw invalid(`"${text}"`);
	const wanted = literal.replace(/^"|"$/g, "");
	const pattern = new RegExp(`^${wanted.split("*").map(literally).join(".*")}$`, "s");
	return (value) => {
		const found = path
			.split(".")
			.reduce<unknown>((v, key) => (v !== null && typeof v === "object" ? (v as Record<string, unknown>)[key] : undefined), value);
		if (operator === "!=") return found !== undefined && !pattern.test(String(found));
		if (found === undefined) return false;
		if (operator === "=") return pattern.test(String(found));
		const difference = Number(found) - Number(wanted);
		return operator === "<" ? difference < 0 : operator === ">" ? difference > 0 : operator === "<=" ? difference <= 0 : difference >= 0;
	};
}
