import type { Random } from "../random.ts";
import { camel } from "./vocabulary.ts";

export type Level = "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL";

/** What a line says, before a service's manner of logging dresses it. */
export interface Line {
	at: number;
	level: Level;
	/** Class, module or file that says it. */
	logger: string;
	message: string;
	fields: Record<string, string | number>;
	trace: string | undefined;
	/** A stack trace, line by line. */
	stack?: readonly string[];
}

export interface Dressed {
	body: string;
	/** Where a structured log keeps its fields beside the message. */
	attributes?: Record<string, unknown>;
	/** Whether a collector can tell the level. */
	levelled: boolean;
}

/** One service's manner of logging. */
export type Dialect = (line: Line) => Dressed;

const iso = (at: number) => new Date(at).toISOString();
const plain = (at: number, comma: string) => iso(at).replace("T", " ").replace("Z", "").replace(".", comma);
const clock = (at: number) => iso(at).slice(11, 23);
const quoted = (v: string | number) => (typeof v === "number" || /^[\w.:/-]+$/.test(v) ? String(v) : JSON.stringify(v));
const pairs = (fields: Record<string, string | number>) => Object.entries(fields).map(([k, v]) => `${k}=${quoted(v)}`);
const withStack = (text: string, line: Line) => (line.stack === undefined ? text : `${text}\n${line.stack.join("\n")}`);
const inline = (line: Line) => [line.message, ...pairs(line.fields)].join(" ");

/** Draws a manner of logging: a format, and how it writes its time, its fields and its trace. */
export function createDialect(random: Random, language: "java" | "go" | "python" | "node", service: string): Dialect {
	const pid = random.int(1, 900);
	const carriesTrace = random.chance(0.5);
	const trace = (line: Line) => (carriesTrace && line.trace !== undefined ? line.trace : undefined);
	const choices: Record<typeof language, (() => Dialect)[]> = {
		java: [() => spring(random, pid, service, trace), () => bracketed(trace), () => jsonBody(random, trace)],
		go: [() => logfmt(random, trace), () => klog(random, pid), () => zap(), () => jsonBody(random, trace)],
		python: [() => pythonic(random, service), () => bracketed(trace), () => jsonBody(random, trace)],
		node: [() => structured(), () => jsonBody(random, trace), () => bracketed(trace), () => bare()],
	};
	return random.pick(choices[language])();
}

type TraceOf = (line: Line) => string | undefined;

function spring(random: Random, pid: number, service: string, trace: TraceOf): Dialect {
	const threads = Array.from({ length: 6 }, (_, i) => `${random.pick(["nio-8080-exec", "task", "http-worker"])}-${i + 1}`);
	const wide = random.chance(0.5);
	return (line) => {
		const id = trace(line);
		const head = `${wide ? plain(line.at, ".") : iso(line.at)} ${line.level.padStart(5)} ${id === undefined ? pid : `[${service},${id.slice(0, 16)}] ${pid}`} --- [${random.pick(threads)}]`;
		return { body: withStack(`${head} ${line.logger.padEnd(28).slice(0, 40)} : ${inline(line)}`, line), levelled: true };
	};
}

function bracketed(trace: TraceOf): Dialect {
	return (line) => {
		const id = trace(line);
		return {
			body: withStack(`${plain(line.at, ".")} ${line.level.padEnd(5)} [${id ?? line.logger}] ${inline(line)}`, line),
			levelled: true,
		};
	};
}

function logfmt(random: Random, trace: TraceOf): Dialect {
	const keys = random.pick([
		["ts", "level", "msg"],
		["time", "level", "msg"],
		["t", "lvl", "message"],
	]) as [string, string, string];
	return (line) => {
		const id = trace(line);
		const fields = pairs({ ...line.fields, caller: line.logger, ...(id === undefined ? {} : { trace: id }) });
		const stack = line.stack === undefined ? [] : [`stack=${JSON.stringify(line.stack.join("\n"))}`];
		return {
			body: [
				`${keys[0]}=${iso(line.at)} ${keys[1]}=${line.level.toLowerCase()} ${keys[2]}=${quoted(line.message)}`,
				...fields,
				...stack,
			].join(" "),
			levelled: true,
		};
	};
}

function klog(random: Random, pid: number): Dialect {
	const lines = new Map<string, number>();
	return (line) => {
		// a call site has a line of its own
		const site = `${line.level}${line.message.slice(0, 12)}`;
		const at = lines.get(site) ?? random.int(20, 480);
		lines.set(site, at);
		const stamp = iso(line.at).slice(5, 10).replace("-", "");
		return {
			body: withStack(
				`${line.level.charAt(0)}${stamp} ${clock(line.at)}000 ${String(pid).padStart(7)} ${line.logger}:${at}] ${inline(line)}`,
				line,
			),
			levelled: true,
		};
	};
}

function zap(): Dialect {
	return (line) => ({
		body: withStack(`${iso(line.at)}\t${line.level.toLowerCase()}\t${line.logger}\t${line.message}\t${JSON.stringify(line.fields)}`, line),
		levelled: true,
	});
}

function pythonic(random: Random, service: string): Dialect {
	const style = random.int(0, 1);
	const name = service.replaceAll("-", "_");
	return (line) => {
		const level = line.level === "FATAL" ? "CRITICAL" : line.level === "WARN" ? "WARNING" : line.level;
		const head =
			style === 0
				? `${plain(line.at, ",")} - ${name}.${line.logger} - ${level} -`
				: `[${plain(line.at, ",")}] {${line.logger}.py:${40 + line.message.length}} ${level} -`;
		return { body: withStack(`${head} ${inline(line)}`, line), levelled: true };
	};
}

function jsonBody(random: Random, trace: TraceOf): Dialect {
	const keys = random.pick([
		["timestamp", "level", "message", "trace_id"],
		["@timestamp", "log.level", "message", "trace.id"],
		["time", "severity", "msg", "traceId"],
	]);
	const [timeKey, levelKey, messageKey, traceKey] = keys as [string, string, string, string];
	return (line) => {
		const id = trace(line);
		const stack = line.stack === undefined ? {} : { stack_trace: line.stack.join("\n") };
		const record = {
			[timeKey]: iso(line.at),
			[levelKey]: line.level,
			logger: line.logger,
			[messageKey]: line.message,
			...line.fields,
			...(id === undefined ? {} : { [traceKey]: id }),
			...stack,
		};
		return { body: JSON.stringify(record), levelled: true };
	};
}

function structured(): Dialect {
	return (line) => ({ body: withStack(line.message, line), attributes: { ...line.fields, logger: line.logger }, levelled: true });
}

/** A program that writes to its output as it comes: no level, no time. */
function bare(): Dialect {
	return (line) => ({
		body: withStack(`${line.level === "INFO" ? "" : `${line.level.toLowerCase()}: `}${inline(line)}`, line),
		levelled: false,
	});
}

/** The name under which a service's code logs, in the manner of its language. */
export function loggerName(random: Random, language: string, company: string, noun: string): string {
	if (language === "java")
		return `${random.chance(0.5) ? `com.${company}` : `c.${company.charAt(0)}`}.${noun}.${camel(noun)}${random.pick(["Service", "Controller", "Handler", "Client"])}`;
	if (language === "go") return `${noun}/${random.pick(["handler", "server", "client", "store"])}.go`;
	if (language === "python") return `${noun}.${random.pick(["views", "service", "tasks", "client"])}`;
	return `${noun}${random.pick(["-router", ".service", ""])}`;
}
