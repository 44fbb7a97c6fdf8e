import { severityOf } from "@faultline/contracts";
import { LEVEL, MESSAGE, SPAN, TRACE } from "./field-names.ts";
import { logfmtPairs } from "./logfmt-pairs.ts";
import { inferSeverity } from "./severity.ts";

/** A log line taken apart. */
export interface ParsedBody {
	format: "json" | "logfmt" | "text";
	/** What a person would read: the message field, or the whole line where there is none. */
	message: string;
	/** The level as the line spells it. */
	level: string | undefined;
	/** OpenTelemetry SeverityNumber, 0 where nothing tells. */
	severity: number;
	traceId: string | undefined;
	spanId: string | undefined;
	/** The fields of a JSON or logfmt line. */
	fields: ReadonlyMap<string, unknown>;
}

/** Characters of a structured line that are parsed; a longer one is text. */
const MAX_CHARS = 262_144;
/** Levels as numbers, as pino and bunyan write them. */
const NUMERIC_LEVELS: Record<number, number> = { 10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21 };

/** Takes a JSON or logfmt line apart; any other line is its own message. Never throws. */
export function parseBody(line: string): ParsedBody {
	const json = jsonFields(line);
	if (json !== undefined) return fromFields("json", json, line);
	const logfmt = logfmtFields(line);
	if (logfmt !== undefined) return fromFields("logfmt", logfmt, line);
	return {
		format: "text",
		message: line,
		level: undefined,
		severity: inferSeverity(line),
		traceId: undefined,
		spanId: undefined,
		fields: new Map(),
	};
}

function fromFields(format: "json" | "logfmt", fields: ReadonlyMap<string, unknown>, line: string): ParsedBody {
	const message = textOf(fields, MESSAGE);
	const level = textOf(fields, LEVEL);
	const severity = NUMERIC_LEVELS[Number(level)] ?? severityOf(level);
	return {
		format,
		message: message ?? line,
		level,
		severity: severity > 0 ? severity : inferSeverity(message ?? line),
		traceId: textOf(fields, TRACE),
		spanId: textOf(fields, SPAN),
		fields,
	};
}

function textOf(fields: ReadonlyMap<string, unknown>, names: readonly string[]): string | undefined {
	for (const name of names) {
		const value = fields.get(name);
		if (typeof value === "string" && value !== "") return value;
		if (typeof value === "number") return String(value);
	}
	return undefined;
}

/** The fields of a JSON object, those of objects inside it as "outer.inner". */
function jsonFields(line: string): Map<string, unknown> | undefined {
	const text = line.trim();
	if (!text.startsWith("{") || !text.endsWith("}") || text.length > MAX_CHARS) return undefined;
	try {
		const fields = new Map<string, unknown>();
		for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, unknown>)) {
			fields.set(name, value);
			if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
			for (const [inner, innerValue] of Object.entries(value)) fields.set(`${name}.${inner}`, innerValue);
		}
		return fields;
	} catch {
		return undefined;
	}
}

/** The pairs of a logfmt line: nothing but pairs, and a level or a message among them; else it is a sentence with values in it. */
function logfmtFields(line: string): Map<string, unknown> | undefined {
	const pairs = line.length > MAX_CHARS ? undefined : logfmtPairs(line);
	if (pairs === undefined) return undefined;
	const fields = new Map<string, unknown>(pairs.map(({ name, start, end }) => [name, unescaped(line.slice(start, end))]));
	return [...MESSAGE, ...LEVEL].some((name) => fields.has(name)) ? fields : undefined;
}

const unescaped = (value: string): string => value.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c === "t" ? "\t" : c));
