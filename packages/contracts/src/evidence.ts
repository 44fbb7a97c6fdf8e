import { z } from "zod";
import type { MetricSeries } from "./metric.ts";
import { MetricSeriesWire } from "./metric.ts";
import { instant, Signal } from "./signal.ts";

/** A half-open window of time, [from, to). */
export const Window = z.object({ from: instant, to: instant });
export type Window = z.infer<typeof Window>;

/** Who calls whom, and where each edge was learned from ("spans", "capture", "owner", "config"...). */
export const Topology = z.object({
	nodes: z.array(z.object({ id: z.string(), kind: z.string().optional(), service: z.string().optional() })),
	edges: z.array(z.object({ from: z.string(), to: z.string(), kind: z.enum(["calls", "owns", "runs-on"]), learnedFrom: z.string() })),
});
export type Topology = z.infer<typeof Topology>;

/** What of the window one source really covered. `truncated`: there was more than was read. */
export const Coverage = z.object({
	source: z.string(),
	status: z.enum(["ok", "partial", "failed", "skipped"]),
	from: instant,
	to: instant,
	truncated: z.boolean(),
	oldestAvailable: instant.optional(),
	/** What was left out and why, in words ("pod web-1: 403"). */
	skipped: z.array(z.string()).optional(),
	reason: z.string().optional(),
	/** The source's tools that failed, or were cut off, though others answered: a kind of evidence may be missing. */
	failedTools: z.array(z.string()).optional(),
	/** Milliseconds that the call waited for its turn with the source, where it did. */
	waitedMs: z.int().nonnegative().optional(),
});
export type Coverage = z.infer<typeof Coverage>;

/** Everything known about one window: what the live path collects, and what a capture holds. */
export interface EvidenceSet {
	id: string;
	title: string;
	window: Window;
	/** When someone was paged, if known. */
	alertTime?: string;
	/** The resource that alerted or that was asked about, if known. */
	focus?: string;
	/** Ascending by time. */
	signals: Signal[];
	series: MetricSeries[];
	/** Series of an earlier healthy period that is not contiguous with the window. */
	baselineSeries: MetricSeries[];
	topology: Topology;
	coverage: Coverage[];
}

/** One page of evidence, as a source's tool answers it. */
export const EvidencePage = z.object({
	signals: z.array(Signal).default([]),
	series: z.array(MetricSeriesWire).default([]),
	topology: Topology.optional(),
	coverage: Coverage,
	/** Opaque, bound to the query; absent on the last page. */
	nextCursor: z.string().optional(),
	/** The source's own page for this query. */
	url: z.string().optional(),
	/** Secrets and personal data taken out of this page. */
	redactions: z.int().nonnegative().default(0),
	/** Phrases in this page that address a model, where there are any: a finding about the telemetry. */
	injections: z.int().nonnegative().optional(),
});
export type EvidencePage = z.infer<typeof EvidencePage>;

export const EMPTY_TOPOLOGY: Topology = { nodes: [], edges: [] };
