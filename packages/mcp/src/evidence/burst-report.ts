import { Coverage, type Signal, Window } from "@faultline/contracts";
import { z } from "zod";
import type { ToolReply } from "../tool.ts";

import { countInjections, fence } from "./fence.ts";
import { redactKeyLines } from "./key-lines.ts";
import { redactionsOf } from "./page.ts";
import { lineTemplate } from "./template.ts";

const MINUTE = 60_000;
/** Fewer than this in a minute is no burst, however quiet it was before. */
const FEWEST = 5;
/** Standard deviations of a Poisson count that are still chance. */
const SIGMAS = 3;
/** Templates told of one comparison. */
const TEMPLATES = 50;

export const Novelty = z.enum(["new", "more", "same", "less", "gone"]);
export type Novelty = z.infer<typeof Novelty>;

/** How often things happened in a window, against the window of the same length just before it. */
export const BurstReport = z.object({
	window: Window,
	previous: Window,
	total: z.number().nonnegative(),
	previousTotal: z.number().nonnegative(),
	/** One per minute; `previous` is the count of the same minute of the window before. */
	perMinute: z.array(z.object({ time: z.string(), count: z.number().nonnegative(), previous: z.number().nonnegative() })),
	/** Minutes in a row with more than chance explains; `usual` is the mean per minute of the window before. */
	bursts: z.array(z.object({ from: z.string(), to: z.string(), count: z.number(), usual: z.number() })),
	templates: z.array(
		z.object({
			template: z.string(),
			example: z.string(),
			resource: z.string(),
			severity: z.int(),
			count: z.int().nonnegative(),
			previousCount: z.int().nonnegative(),
			firstSeen: z.string(),
			lastSeen: z.string(),
			novelty: Novelty,
		}),
	),
	coverage: Coverage,
	redactions: z.int().nonnegative(),
	injections: z.int().nonnegative().optional(),
	url: z.string().optional(),
});
export type BurstReport = z.infer<typeof BurstReport>;
type Minutes = BurstReport["perMinute"];
type TemplateRow = BurstReport["templates"][number];

/** The window of the same length that ends where this one begins. */
export function windowBefore(window: Window): Window {
	const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
	return { from: new Date(from - (to - from)).toISOString(), to: window.from };
}

/** Whether a count differs from one before by more than chance: both taken as Poisson counts. */
export function noveltyOf(count: number, before: number): Novelty {
	if (before === 0) return count === 0 ? "same" : "new";
	if (count === 0) return "gone";
	if (Math.abs(count - before) <= SIGMAS * Math.sqrt(count + before)) return "same";
	return count > before ? "more" : "less";
}

/** Minutes whose count is above what chance explains, joined where they follow each other; `minutes` is the length of each step. */
export function findBursts(perMinute: Minutes, minutes = 1): BurstReport["bursts"] {
	const usual = perMinute.reduce((sum, m) => sum + m.previous, 0) / Math.max(1, perMinute.length);
	const limit = usual + SIGMAS * Math.sqrt(Math.max(1, usual));
	const bursts: BurstReport["bursts"] = [];
	for (const { time, count } of perMinute) {
		if (count < FEWEST || count <= limit) continue;
		const to = new Date(Date.parse(time) + minutes * MINUTE).toISOString();
		const last = bursts.at(-1);
		if (last && last.to === time) Object.assign(last, { to, count: last.count + count });
		else bursts.push({ from: time, to, count, usual: Math.round(usual * 100) / 100 });
	}
	return bursts;
}

/** Counts per minute of a window beside those of the window before; minutes begin where the windows do. */
export function minutesOf(records: readonly { time: string; count: number }[], window: Window): Minutes {
	const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
	const start = from - (to - from);
	const minutes = Math.max(1, Math.ceil((to - from) / MINUTE));
	const rows = Array.from({ length: minutes }, (_, i) => ({ time: new Date(from + i * MINUTE).toISOString(), count: 0, previous: 0 }));
	for (const { time, count } of records) {
		const at = Date.parse(time);
		const row = rows[Math.floor((at - (at >= from ? from : start)) / MINUTE)];
		if (row === undefined || at < start || at >= to) continue;
		if (at >= from) row.count += count;
		else row.previous += count;
	}
	return rows;
}

/**
 * Records of a window and of the one before it, as counts per minute, bursts and templates. The records' texts are already redacted.
 * `kindOf` tells which of them are of one kind; by default their templates.
 */
export function reportBursts(
	found: readonly Signal[],
	window: Window,
	coverage: Coverage,
	kindOf: (record: Signal) => string = (record) => lineTemplate(record.body),
): BurstReport {
	const records = redactKeyLines(found).signals;
	const perMinute = minutesOf(records, window);
	const injections = records.reduce((sum, r) => sum + countInjections(r.body), 0);
	return {
		window,
		previous: windowBefore(window),
		total: perMinute.reduce((sum, m) => sum + m.count, 0),
		previousTotal: perMinute.reduce((sum, m) => sum + m.previous, 0),
		perMinute,
		bursts: findBursts(perMinute),
		templates: templatesOf(records, Date.parse(window.from), kindOf),
		coverage,
		redactions: redactionsOf(records),
		...(injections === 0 ? {} : { injections }),
	};
}

function templatesOf(records: readonly Signal[], from: number, kindOf: (record: Signal) => string): TemplateRow[] {
	const groups = new Map<string, TemplateRow>();
	for (const record of records) {
		const { body, resource, severity, count, time } = record;
		const template = kindOf(record);
		const known = groups.get(template) ?? {
			template,
			example: body.slice(0, 300),
			resource,
			severity,
			count: 0,
			previousCount: 0,
			firstSeen: time,
			lastSeen: time,
			novelty: "same",
		};
		if (Date.parse(time) >= from) known.count += count;
		else known.previousCount += count;
		known.severity = Math.max(known.severity, severity);
		if (Date.parse(time) < Date.parse(known.firstSeen)) known.firstSeen = time;
		if (Date.parse(time) > Date.parse(known.lastSeen)) known.lastSeen = time;
		groups.set(template, known);
	}
	const rows = [...groups.values()].map((g) => ({ ...g, novelty: noveltyOf(g.count, g.previousCount) }));
	return rows.sort(byInterest).slice(0, TEMPLATES);
}

const WEIGHT: Record<Novelty, number> = { new: 4, more: 3, gone: 2, less: 1, same: 0 };

/** What changed first, errors before the rest, then the greater difference. */
function byInterest(a: TemplateRow, b: TemplateRow): number {
	const difference = (t: TemplateRow) => Math.abs(t.count - t.previousCount);
	return (
		WEIGHT[b.novelty] - WEIGHT[a.novelty] ||
		Number(b.severity >= 17) - Number(a.severity >= 17) ||
		difference(b) - difference(a) ||
		b.count - a.count ||
		(a.template < b.template ? -1 : 1)
	);
}

/** A burst report with its text: totals, bursts, what is new, and what could not be covered. */
export function burstReply(report: BurstReport, title: string, detail: "concise" | "full" = "concise"): ToolReply<BurstReport> {
	const { window, previous, total, previousTotal, bursts, templates, coverage } = report;
	const lines = [`${title}: ${total} from ${window.from} to ${window.to}; ${previousTotal} in the window before (from ${previous.from}).`];
	for (const b of bursts.slice(0, 10)) lines.push(`Burst: ${b.count} from ${b.from} to ${b.to}, usually ${b.usual} a minute.`);
	if (bursts.length === 0) lines.push("No minute had more than chance explains.");
	const shown = templates.slice(0, detail === "full" ? TEMPLATES : 12);
	const row = (t: TemplateRow) =>
		`${t.novelty} ${t.previousCount} -> ${t.count} sev${t.severity} ${t.resource}: ${t.template} (first ${t.firstSeen}, last ${t.lastSeen})`;
	if (shown.length > 0) lines.push(fence(shown.map(row).join("\n")).text);
	else if (total + previousTotal === 0)
		lines.push("Nothing was found in either window. Try a wider window, fewer filters, or check_access.");
	if (shown.length < templates.length) lines.push(`Shown ${shown.length} of ${templates.length} templates; the structured data has all.`);
	if (coverage.status !== "ok") lines.push(`Coverage is ${coverage.status}${coverage.reason === undefined ? "" : `: ${coverage.reason}`}.`);
	if (coverage.waitedMs !== undefined) lines.push(`Waited ${(coverage.waitedMs / 1000).toFixed(1)} s for the rate limit.`);
	if (report.redactions > 0) lines.push(`Secrets taken out: ${report.redactions}.`);
	const links = report.url !== undefined && /^https?:\/\//.test(report.url) ? [{ uri: report.url, name: title }] : [];
	return { data: report, text: lines.join("\n"), ...(links.length > 0 ? { links } : {}) };
}
