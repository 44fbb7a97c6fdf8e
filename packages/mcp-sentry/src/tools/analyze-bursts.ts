import type { Signal, Window } from "@faultline/contracts";
import {
	BurstReport,
	burstReply,
	coverageOf,
	defineTool,
	evidenceInput,
	findBursts,
	READS,
	redactionsOf,
	reportBursts,
	type Tool,
	windowBefore,
	windowOf,
} from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { issuesSeen } from "../issue-scope.ts";
import { issueSignal } from "../map-issue.ts";
import { readTimeseries } from "../timeseries.ts";
import type { Issue } from "../wire.ts";

const { from, to, detail } = evidenceInput;
const Input = z.object({
	from,
	to,
	detail,
	query: z.string().max(500).default("").describe("Sentry search over errors."),
	environment: z.string().max(64).optional(),
});

export function analyzeBursts({ client }: Connection): Tool<typeof Input, typeof BurstReport> {
	return defineTool({
		name: "analyze_bursts",
		title: "Bursts of errors",
		description:
			"How many errors came per minute (per coarser interval where the window is long), and of which issues, against the window of the same length just before: bursts above chance, issues that are new, more, fewer or gone. Counted by Sentry, so it is cheap however many there are.",
		inputSchema: Input,
		outputSchema: BurstReport,
		annotations: READS,
		async run(input, context) {
			const { signal } = context;
			const window = windowOf(input, context.now());
			const previous = windowBefore(window);
			const series = async (w: Window) =>
				await readTimeseries(client, {
					dataset: "errors",
					axis: "count()",
					query: input.query,
					window: w,
					environment: input.environment,
					signal,
				});
			const [now, before, seen, seenBefore] = await Promise.all([
				series(window),
				series(previous),
				issuesSeen(client, window, input.query, input.environment, signal),
				issuesSeen(client, previous, input.query, input.environment, signal),
			]);
			const perMinute = now.points.map((p, i) => ({ time: p.time, count: p.value, previous: before.points[i]?.value ?? 0 }));
			const named = (issue: Issue, at: Window): Signal => {
				const record = issueSignal(issue, at, client.web);
				return { ...record, body: `${issue.shortId ?? issue.id} ${record.body}`, ...(at === previous ? { time: previous.from } : {}) };
			};
			const records = [...seen.issues.map((i) => named(i, window)), ...seenBefore.issues.map((i) => named(i, previous))];
			const truncated = seen.truncated || seenBefore.truncated;
			const skipped = now.minutes > 1 ? [`counts are per ${now.minutes} minutes: the window is too long for less`] : [];
			const coverage = coverageOf("sentry", window, { truncated, skipped, waitedMs: client.waitedMs(signal) });
			const report: BurstReport = {
				...reportBursts(records, window, coverage, (s) => s.body),
				perMinute,
				bursts: findBursts(perMinute, now.minutes),
				total: perMinute.reduce((sum, m) => sum + m.count, 0),
				previousTotal: before.points.reduce((sum, p) => sum + p.value, 0),
				redactions: redactionsOf(records),
				url: client.web(`issues/?start=${window.from}&end=${window.to}&utc=true`),
			};
			return burstReply(report, "Errors", input.detail);
		},
	});
}
