import type { EvidencePage, Signal } from "@faultline/contracts";
import { seriesFromWire } from "@faultline/contracts";
import type { z } from "zod";
import type { ToolReply } from "../tool.ts";
import { countInjections, fence } from "./fence.ts";
import { redactKeyLines } from "./key-lines.ts";

type PageInput = z.input<typeof EvidencePage>;

export interface EvidenceReplyOptions {
	/** "full" shows ten times as many rows. */
	detail?: "concise" | "full" | undefined;
	/** What to try where nothing was found. */
	whenEmpty?: string;
}

const ROWS = { concise: 10, full: 100 };
const BODY = { concise: 160, full: 400 };

/** A page of evidence with its text: how much, of when, the gravest rows, what was left out, and where the whole is. */
export function evidenceReply(found: PageInput, title: string, options: EvidenceReplyOptions = {}): ToolReply<PageInput> {
	const keys = redactKeyLines(found.signals ?? []);
	const page = keys.count === 0 ? found : { ...found, signals: keys.signals, redactions: (found.redactions ?? 0) + keys.count };
	const { signals = [], series = [], coverage, redactions = 0 } = page;
	const detail = options.detail ?? "concise";
	const lines = [`${title}: ${describeAmount(page)}, ${coverage.from} to ${coverage.to} (${coverage.source}).`];
	const rows = [
		...rankSignals(signals)
			.slice(0, ROWS[detail])
			.map((signal) => signalRow(signal, BODY[detail])),
		...series.slice(0, ROWS[detail]).map(seriesRow),
	];
	if (rows.length > 0) lines.push(fence(rows.join("\n")).text);
	else
		lines.push(
			options.whenEmpty ?? "Nothing was found. Try a wider window, fewer filters, or check_access to see whether this source can be read.",
		);
	const total = signals.length + series.length;
	if (rows.length < total) lines.push(`Shown ${rows.length} of ${total}, gravest first; the structured data has all.`);
	lines.push(...describeCoverage(coverage));
	if (redactions > 0) lines.push(`${redactions} secret${redactions === 1 ? " was" : "s were"} taken out.`);
	if (page.nextCursor !== undefined) lines.push("There is more: repeat the call with cursor = nextCursor.");
	if (isWebAddress(page.url)) lines.push(`Source: ${page.url}`);
	const injections = signals.reduce((sum, signal) => sum + countInjections(signal.body), 0);
	return {
		data: injections === 0 ? page : { ...page, injections },
		text: lines.join("\n"),
		...(isWebAddress(page.url) ? { links: [{ uri: page.url, name: title }] } : {}),
	};
}

/** An address that came from upstream may be anything ("javascript:..."). */
function isWebAddress(url: string | undefined): url is string {
	return url !== undefined && /^https?:\/\//i.test(url);
}

function describeAmount({ signals = [], series = [], topology }: PageInput): string {
	const parts = [
		signals.length > 0 || series.length === 0 ? plural(signals.length, "record") : "",
		series.length > 0 ? plural(series.length, "series", "series") : "",
		topology === undefined ? "" : `${plural(topology.nodes.length, "resource")}, ${plural(topology.edges.length, "edge")}`,
	];
	return parts.filter((part) => part !== "").join(", ");
}

/** Gravest first, then the most frequent, then the latest. */
function rankSignals(signals: readonly Signal[]): Signal[] {
	return [...signals].sort((a, b) => b.severity - a.severity || b.count - a.count || (a.time < b.time ? 1 : -1));
}

function signalRow(signal: Signal, width: number): string {
	const times = signal.count > 1 ? ` x${signal.count}` : "";
	return `${signal.time} ${signal.kind} sev${signal.severity} ${signal.resource}${times}: ${oneLine(signal.body, width)} [${signal.id}]`;
}

function seriesRow(wire: Parameters<typeof seriesFromWire>[0]): string {
	const { values } = seriesFromWire(wire);
	const known = values.filter((value) => Number.isFinite(value));
	if (known.length === 0) return `${wire.resource} ${wire.metric}: no values [${wire.id}]`;
	const [min, max] = known.reduce(
		([low, high], value) => [Math.min(low, value), Math.max(high, value)],
		[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
	);
	const last = known.at(-1) ?? Number.NaN;
	return `${wire.resource} ${wire.metric}: ${known.length} points, min ${short(min)}, max ${short(max)}, last ${short(last)} ${wire.unit} [${wire.id}]`;
}

function describeCoverage(coverage: PageInput["coverage"]): string[] {
	const lines: string[] = [];
	if (coverage.status !== "ok") lines.push(`Coverage is ${coverage.status}${coverage.reason === undefined ? "" : `: ${coverage.reason}`}.`);
	if (coverage.truncated) lines.push("There was more in the window than was read: narrow it to see the rest.");
	if (coverage.oldestAvailable !== undefined && coverage.oldestAvailable > coverage.from)
		lines.push(`Nothing before ${coverage.oldestAvailable} is kept.`);
	if (coverage.waitedMs !== undefined)
		lines.push(`Waited ${(coverage.waitedMs / 1000).toFixed(1)} s for the rate limit of ${coverage.source}.`);
	const skipped = coverage.skipped ?? [];
	if (skipped.length > 0)
		lines.push(`Left out: ${skipped.slice(0, 5).join("; ")}${skipped.length > 5 ? `; and ${skipped.length - 5} more` : ""}.`);
	return lines;
}

function oneLine(text: string, width: number): string {
	const flat = text
		.slice(0, width * 4)
		.replace(/\s+/g, " ")
		.trim();
	return flat.length > width ? `${flat.slice(0, width)}...` : flat;
}

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
const short = (value: number): string => String(Number(value.toPrecision(4)));
