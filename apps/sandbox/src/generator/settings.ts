import { z } from "zod";
import { FAULT_NAMES, HEALTHY_NAMES } from "./faults/names.ts";

const range = (low: number, high: number, least: number, most: number) =>
	z
		.tuple([z.number().min(least).max(most), z.number().min(least).max(most)])
		.refine(([a, b]) => a <= b, "the first number is the smaller")
		.default([low, high]);
const share = (value: number) => z.number().min(0).max(1).default(value);

/** What is drawn, and how often. All of it has defaults; a configuration file may set any part. */
export const GeneratorSettings = z.strictObject({
	/** How many resources a system has. */
	resources: range(5, 40, 5, 60),
	/** Minutes of the window. */
	minutes: range(16, 48, 10, 180),
	/** Seconds between the samples of a metric. */
	intervals: z.array(z.number().int().min(5).max(300)).min(1).default([15, 30, 60]),
	/** Kinds of fault to draw from. */
	faults: z
		.array(z.enum(FAULT_NAMES))
		.min(1)
		.default([...FAULT_NAMES]),
	/** Kinds of health to draw from. */
	healthy: z
		.array(z.enum(HEALTHY_NAMES))
		.min(1)
		.default([...HEALTHY_NAMES]),
	/** Share of captures without an incident. */
	healthyShare: share(0.25),
	/** Share of incidents with a second, independent fault. */
	secondFault: share(0.06),
	/** How strong faults are: 1 as in the table of kinds; below, harder to see. */
	strength: range(0.7, 1.3, 0.1, 3),
	/** Share of captures without any traces, without metrics of one resource, without logs of one, without a topology file, without changes. */
	withoutTraces: share(0.25),
	withoutMetricsOfOne: share(0.12),
	withoutLogsOfOne: share(0.12),
	withoutTopology: share(0.6),
	withoutChanges: share(0.1),
	/** Share of captures with an earlier healthy period of metrics beside them. */
	withBaseline: share(0.2),
	/** How many changes that have nothing to do with it. */
	decoys: range(2, 12, 0, 60),
	/** Spurious alerts beside the true ones. */
	spuriousAlerts: range(0, 2, 0, 40),
	/** At most so many log lines and spans, about; they set the size on disk. */
	logLines: z.number().int().min(50).max(50_000).default(2_200),
	spans: z.number().int().min(50).max(50_000).default(1_600),
	/** About when: the first day that a capture may lie on, and how many days after. */
	firstDay: z.iso.date().default("2026-03-02"),
	days: z.number().int().min(1).max(3650).default(200),
});
export type GeneratorSettings = z.infer<typeof GeneratorSettings>;
