import { severityOf } from "@faultline/contracts";
import { type Fault, intensityOf } from "../faults/fault.ts";
import type { Random } from "../random.ts";
import type { SpanDraft } from "../simulate.ts";
import type { System, SystemNode } from "../system/model.ts";
import type { Line } from "../text/dialects.ts";
import { AILING_LINES } from "../text/failure-lines.ts";
import type { Template, Voice } from "../text/voices.ts";
import type { Collector } from "./collector.ts";

export interface LogInput {
	random: Random;
	system: System;
	voices: readonly Voice[];
	requests: readonly SpanDraft[][];
	faults: readonly Fault[];
	from: number;
	to: number;
	/** Share of the nodes' unasked lines that is kept, by template: thins the background of large systems. */
	thin: number;
	/** Nodes of which no logs were collected. */
	without: ReadonlySet<number>;
}

/** Everything that services write: about requests, of their own accord, and what ails them. Errors go to Sentry too, as `error`. */
export function writeLogs(input: LogInput, collect: Collector): void {
	for (const request of input.requests) for (const draft of request) if (!input.without.has(draft.node)) ofRequest(input, draft, collect);
	for (const node of input.system.nodes) if (!input.without.has(node.index)) ofNobody(input, node, collect);
	for (const fault of input.faults) if (!input.without.has(fault.node.index)) ofAiling(input, fault, collect);
}

const speaks = (node: SystemNode) => node.kind === "service" || node.kind === "worker" || node.kind === "gateway";

function ofRequest(input: LogInput, draft: SpanDraft, collect: Collector): void {
	const { random, system, voices } = input;
	const node = system.nodes[draft.node] as SystemNode;
	const voice = voices[draft.node] as Voice;
	if (!speaks(node)) {
		storeFailure(input, draft, node, collect);
		return;
	}
	const write = (line: Omit<Line, "trace">) => writeLine(collect, voice, node, draft.pod, { ...line, trace: draft.trace }, draft.id);
	const end = draft.at + draft.durationMs;
	if (draft.side === "client") {
		const peer = system.nodes[draft.peer ?? -1];
		if (draft.failure === undefined || peer === undefined || node.kind === "gateway") return;
		const text = fillCall(random, voice.callerLine(draft.failure.symptom), peer, draft);
		const survived = node.operations.some((o) => o.calls.some((c) => c.to === peer.index && !c.critical));
		write({ at: end, level: survived && random.chance(0.8) ? "WARN" : "ERROR", logger: voice.logger, message: text, fields: {} });
		return;
	}
	if (node.kind === "gateway") {
		accessLog(input, draft, node, voice, collect);
		return;
	}
	const templates = voice.templates.get(draft.operation) ?? [];
	const failed = draft.failure !== undefined && !draft.failure.survived;
	const said = draft.skipped ? templates.slice(0, 1) : failed ? templates.slice(0, -1) : templates;
	for (const [i, template] of said.entries()) {
		const at = draft.at + ((i + 0.5) / Math.max(1, said.length)) * draft.durationMs;
		write({ at, ...filled(random, template, draft.durationMs) });
	}
	if (failed && draft.failure?.by === undefined) ownFailure(input, draft, node, voice, collect);
}

/** Its own failure: an exception with its stack where code throws, else a line. */
function ownFailure(input: LogInput, draft: SpanDraft, node: SystemNode, voice: Voice, collect: Collector): void {
	const { random } = input;
	const symptom = draft.failure?.symptom ?? "own";
	const at = draft.at + draft.durationMs;
	const line = voice.ownLine(symptom);
	if (line !== undefined && symptom !== "own") {
		const message = fillRoom(random, line, draft.durationMs).replaceAll("{op}", draft.operation.name);
		writeLine(
			collect,
			voice,
			node,
			draft.pod,
			{ at, level: "ERROR", logger: voice.logger, message, fields: {}, trace: draft.trace },
			draft.id,
		);
		return;
	}
	const faulty = input.faults.some(
		(f) => f.node.index === node.index && intensityOf(f, draft.at) > 0 && f.kind.effects(1, f.roll).symptom === "own",
	);
	const thrown = faulty && random.chance(0.97) ? voice.thrown : voice.usualThrown;
	const message = `${draft.operation.name} failed: ${thrown.type}: ${thrown.message}`;
	writeLine(
		collect,
		voice,
		node,
		draft.pod,
		{ at, level: "ERROR", logger: voice.logger, message, fields: {}, trace: draft.trace, stack: thrown.stack.slice(1) },
		draft.id,
	);
	collect.exception(node, draft.pod, at, thrown, draft.trace);
}

/** Databases, caches and queues write of failures only. */
function storeFailure(input: LogInput, draft: SpanDraft, node: SystemNode, collect: Collector): void {
	if (draft.side !== "server" || draft.failure?.by !== undefined || draft.failure === undefined || node.kind === "provider") return;
	const voice = input.voices[node.index] as Voice;
	const line = voice.ownLine(draft.failure.symptom);
	if (line === undefined || !input.random.chance(0.6)) return;
	const message = fillRoom(input.random, line, draft.durationMs).replaceAll("{op}", draft.operation.name);
	writeLine(
		collect,
		voice,
		node,
		draft.pod,
		{ at: draft.at + draft.durationMs, level: "ERROR", logger: voice.logger, message, fields: {}, trace: undefined },
		undefined,
	);
}

const AGENTS = ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "okhttp/4.12.0", "python-requests/2.32.3"];

function accessLog(input: LogInput, draft: SpanDraft, node: SystemNode, voice: Voice, collect: Collector): void {
	const { random } = input;
	const symptom = draft.failure?.survived === false ? draft.failure.symptom : undefined;
	const status =
		symptom === undefined
			? random.chance(0.015)
				? 404
				: 200
			: symptom === "timeout"
				? 504
				: symptom === "refused" || symptom === "reset"
					? 502
					: symptom === "pool"
						? 503
						: 500;
	const at = draft.at + draft.durationMs;
	const path = draft.operation.name.includes(" ") ? draft.operation.name : `${draft.operation.method} /${draft.operation.name}`;
	if (node.dialect % 2 === 0) {
		const bytes = random.int(120, 9000);
		const stamp = new Date(at)
			.toUTCString()
			.slice(5, 25)
			.replace(/^(\d+) (\w+) (\d+) /, "$1/$2/$3:");
		const body = `203.0.113.${random.int(1, 250)} - - [${stamp} +0000] "${path.replace("{id}", random.hex(6))} HTTP/1.1" ${status} ${bytes} "-" "${random.pick(AGENTS)}" rt=${(draft.durationMs / 1000).toFixed(3)}`;
		collect.log(node, draft.pod, at, { body, severity: 9, trace: draft.trace });
		return;
	}
	const level = status >= 500 ? "ERROR" : status >= 400 ? "WARN" : "INFO";
	const fields = { method: draft.operation.method, path: draft.operation.name, status, durationMs: Math.round(draft.durationMs) };
	writeLine(
		collect,
		voice,
		node,
		draft.pod,
		{ at, level, logger: "access", message: "request completed", fields, trace: draft.trace },
		draft.id,
	);
}

function ofNobody({ random, from, to, voices, thin }: LogInput, node: SystemNode, collect: Collector): void {
	if (node.kind === "provider" || (node.managed && !random.chance(0.4))) return;
	const voice = voices[node.index] as Voice;
	for (const [template, perMinute] of voice.background) {
		if (!random.chance(thin)) continue;
		for (let t = from + random.exponential(60_000 / perMinute); t < to; t += random.exponential(60_000 / perMinute))
			writeLine(
				collect,
				voice,
				node,
				random.int(0, Math.max(0, node.pods.length - 1)),
				{ at: t, ...filled(random, template, random.between(5, 200)), trace: undefined },
				undefined,
			);
	}
}

/** What the one at fault writes while it lasts. Some say nothing at all: the fault shows elsewhere. */
function ofAiling({ random, voices, to }: LogInput, fault: Fault, collect: Collector): void {
	const { node } = fault;
	const lines = AILING_LINES[fault.name];
	if (lines === undefined || node.kind === "provider" || random.chance(0.35)) return;
	const voice = voices[node.index] as Voice;
	const [level, text] = random.pick(lines);
	const everyMs = random.between(12_000, 90_000);
	for (let t = fault.from + random.exponential(everyMs); t < Math.min(fault.to, to); t += random.exponential(everyMs)) {
		if (random.next() > intensityOf(fault, t)) continue;
		const message = fillRoom(random, text.replaceAll("{noun}", node.entity), random.between(300, 4_000));
		writeLine(
			collect,
			voice,
			node,
			fault.pod ?? random.int(0, Math.max(0, node.pods.length - 1)),
			{ at: t, level, logger: voice.logger, message, fields: {}, trace: undefined },
			undefined,
		);
	}
}

function filled(random: Random, template: Template, ms: number): Pick<Line, "level" | "logger" | "message" | "fields"> {
	const value = { id: random.hex(8), ms: Math.round(ms), count: random.int(0, 40), status: 200, user: `u${random.int(1000, 99_999)}` };
	const fields = Object.fromEntries(template.fields.map((f) => [f === "ms" ? "durationMs" : f, value[f]]));
	return { level: template.level, logger: template.logger, message: fillRoom(random, template.text, ms), fields };
}

function fillRoom(random: Random, text: string, ms: number): string {
	return text.replaceAll(/\{(id|ms|count|n|m|host)\}/g, (_, name: string) =>
		name === "id"
			? random.hex(8)
			: name === "ms"
				? String(Math.max(1, Math.round(ms)))
				: name === "host"
					? `10.${random.int(0, 80)}.${random.int(0, 255)}.${random.int(2, 250)}:${random.int(30_000, 60_000)}`
					: String(random.int(2, 99)),
	);
}

function fillCall(random: Random, text: string, peer: SystemNode, draft: SpanDraft): string {
	const host = `10.${20 + (peer.index % 60)}.${peer.dialect}.${(peer.index * 7) % 250}:${peer.kind === "database" ? 5432 : peer.kind === "cache" ? 6379 : 8080}`;
	return fillRoom(
		random,
		text.replaceAll("{peer}", peer.name).replaceAll("{op}", draft.operation.name).replaceAll("{host}", host),
		draft.durationMs,
	);
}

function writeLine(collect: Collector, voice: Voice, node: SystemNode, pod: number, line: Line, spanId: string | undefined): void {
	const { body, attributes, levelled } = voice.dialect(line);
	collect.log(node, pod, line.at, {
		body,
		severity: levelled ? severityOf(line.level) : 0,
		trace: line.trace,
		...(attributes === undefined ? {} : { attributes }),
		...(spanId === undefined ? {} : { spanId }),
	});
}
