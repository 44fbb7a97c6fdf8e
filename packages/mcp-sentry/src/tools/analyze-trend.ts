import { AppError, Coverage, parseInstant, Window } from "@faultline/contracts";
import { coverageOf, defineTool, evidenceInput, READS, type Tool, windowOf } from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { deployedAt } from "../issue-scope.ts";
import { type Point, readTimeseries } from "../timeseries.ts";

const { from, to } = evidenceInput;
const Input = z.object({
	from,
	to,
	at: z.string().max(60).optional().describe("The moment that parts before from after; default: the middle of the window."),
	release: z.string().max(250).optional().describe('In place of at: when this release was deployed ("latest").'),
	dataset: z.enum(["errors", "spans", "logs"]).default("errors"),
	metric: z
		.string()
		.regex(/^[\w.]{1,60}\([\w.:, -]{0,120}\)$/)
		.default("count()")
		.describe("count(), p95(span.duration), failure_rate()..."),
	query: z.string().max(500).default("").describe("Sentry search."),
});
const Side = z.object({
	from: z.string(),
	to: z.string(),
	points: z.int(),
	mean: z.number(),
	min: z.number(),
	max: z.number(),
	sum: z.number(),
});
type Side = z.infer<typeof Side>;
const Output = z.object({
	window: Window,
	at: z.string(),
	release: z.string().optional(),
	metric: z.string(),
	before: Side,
	after: Side,
	/** Mean after over mean before; absent where there was nothing before. */
	ratio: z.number().optional(),
	direction: z.enum(["up", "down", "same"]),
	points: z.array(z.object({ time: z.string(), value: z.number() })),
	coverage: Coverage,
	url: z.string(),
});

export function analyzeTrend({ client }: Connection): Tool<typeof Input, typeof Output> {
	return defineTool({
		name: "analyze_trend",
		title: "Before and after a moment",
		description:
			"One aggregate per minute over a window, and its mean, least, most and sum before and after a moment or a release's deploy: did it get worse, and by how much.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run(input, context) {
			const { signal } = context;
			const window = windowOf(input, context.now());
			const deploy = input.release === undefined ? undefined : await deployedAt(client, input.release, signal);
			const [start, end] = [Date.parse(window.from), Date.parse(window.to)];
			const at =
				deploy !== undefined
					? Date.parse(deploy.time)
					: input.at === undefined
						? (start + end) / 2
						: parseInstant(input.at, context.now(), "at");
			if (at <= start || at >= end)
				throw new AppError("BAD_INPUT", `the moment ${new Date(at).toISOString()} is not inside the window`, {
					hint: "widen from and to so that both sides have something",
				});
			const { points, minutes } = await readTimeseries(client, {
				dataset: input.dataset,
				axis: input.metric,
				query: input.query,
				window,
				signal,
			});
			const moment = new Date(at).toISOString();
			const before = sideOf(
				points.filter((p) => Date.parse(p.time) < at),
				window.from,
				moment,
			);
			const after = sideOf(
				points.filter((p) => Date.parse(p.time) >= at),
				moment,
				window.to,
			);
			const direction = compare(before, after, input.metric);
			const skipped = minutes > 1 ? [`values are per ${minutes} minutes: the window is too long for less`] : [];
			const coverage = coverageOf("sentry", window, { skipped, waitedMs: client.waitedMs(signal) });
			const url = client.web(`explore/traces/?start=${window.from}&end=${window.to}&utc=true&query=${encodeURIComponent(input.query)}`);
			const ratio = before.mean > 0 ? { ratio: after.mean / before.mean } : {};
			const told = (side: Side) =>
				`mean ${short(side.mean)}, least ${short(side.min)}, most ${short(side.max)}, sum ${short(side.sum)} over ${side.points} points`;
			const text = [
				`${input.metric} of ${input.dataset} around ${moment}: ${direction}${ratio.ratio === undefined ? "" : `, ${short(ratio.ratio)} times`}.`,
				`Before: ${told(before)}.`,
				`After: ${told(after)}.`,
				...skipped,
				`Source: ${url}`,
			].join("\n");
			const release = deploy === undefined ? {} : { release: deploy.version };
			return {
				data: { window, at: moment, ...release, metric: input.metric, before, after, ...ratio, direction, points, coverage, url },
				text,
				links: [{ uri: url, name: "Trend" }],
			};
		},
	});
}

function sideOf(points: readonly Point[], from: string, to: string): Side {
	const values = points.map((p) => p.value);
	const sum = values.reduce((a, b) => a + b, 0);
	const extreme = (pick: (a: number, b: number) => number) => values.reduce((a, b) => pick(a, b), values[0] ?? 0);
	return {
		from,
		to,
		points: values.length,
		mean: values.length === 0 ? 0 : sum / values.length,
		min: extreme(Math.min),
		max: extreme(Math.max),
		sum,
	};
}

/** Counts differ where chance (Poisson) does not explain it; other metrics where one side's mean lies beyond all of the other's values. */
function compare(before: Side, after: Side, metric: string): "up" | "down" | "same" {
	const counted = /^count\(/.test(metric);
	const expected = counted && before.points > 0 ? (before.sum / before.points) * after.points : 0;
	if (counted ? after.sum > expected + 3 * Math.sqrt(Math.max(1, expected)) : after.mean > before.max) return "up";
	if (counted ? after.sum < expected - 3 * Math.sqrt(Math.max(1, expected)) : after.mean < before.min) return "down";
	return "same";
}

const short = (value: number): string => String(Math.round(value * 1000) / 1000);
