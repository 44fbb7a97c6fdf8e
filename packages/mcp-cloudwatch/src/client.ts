import {
	CloudTrailClient,
	LookupEventsCommand,
	type LookupEventsCommandInput,
	type LookupEventsCommandOutput,
} from "@aws-sdk/client-cloudtrail";
import {
	CloudWatchClient,
	DescribeAlarmHistoryCommand,
	type DescribeAlarmHistoryCommandInput,
	type DescribeAlarmHistoryCommandOutput,
	DescribeAlarmsCommand,
	type DescribeAlarmsCommandInput,
	type DescribeAlarmsCommandOutput,
	GetMetricDataCommand,
	type GetMetricDataCommandInput,
	type GetMetricDataCommandOutput,
	GetMetricStatisticsCommand,
	type GetMetricStatisticsCommandInput,
	type GetMetricStatisticsCommandOutput,
	ListMetricsCommand,
	type ListMetricsCommandInput,
	type ListMetricsCommandOutput,
} from "@aws-sdk/client-cloudwatch";
import {
	CloudWatchLogsClient,
	DescribeLogGroupsCommand,
	type DescribeLogGroupsCommandInput,
	type DescribeLogGroupsCommandOutput,
	FilterLogEventsCommand,
	type FilterLogEventsCommandInput,
	type FilterLogEventsCommandOutput,
	GetQueryResultsCommand,
	type GetQueryResultsCommandInput,
	type GetQueryResultsCommandOutput,
	StartQueryCommand,
	type StartQueryCommandInput,
	type StartQueryCommandOutput,
	StopQueryCommand,
	type StopQueryCommandInput,
	type StopQueryCommandOutput,
} from "@aws-sdk/client-cloudwatch-logs";
import { AppError } from "@faultline/contracts";
import { createRequestQueue, type RequestQueue, withRetries } from "@faultline/platform";
import type { z } from "zod";
import type { CloudWatchConfig } from "./config.ts";
import { sdkFailure } from "./sdk-failure.ts";
import * as wire from "./wire.ts";

/**
 * Requests per second that AWS allows an account and region by default (documentation of 2022-03 for Logs, 2023-05 for
 * CloudWatch); a share of each is used.
 */
const QUOTA_PER_SECOND = {
	DescribeLogGroups: 5,
	FilterLogEvents: 5,
	ListMetrics: 25,
	GetMetricData: 50,
	GetMetricStatistics: 400,
	DescribeAlarms: 9,
	DescribeAlarmHistory: 3,
	StartQuery: 6,
	GetQueryResults: 6,
	StopQuery: 6,
	LookupEvents: 2,
} as const;
/** Insights queries that an account may run at once. */
const INSIGHTS_AT_ONCE = 30;
type Operation = keyof typeof QUOTA_PER_SECOND;
const CONCURRENCY = 4;
const RETRIES = 3;
const BACKOFF_MS = 200;
const MAX_WAIT_MS = 10_000;
/** A shorter wait is the machine's own, and not worth telling. */
const LEAST_WAIT_MS = 50;
const CONNECT_MS = 5_000;
const REQUEST_MS = 15_000;

/** The reading operations that are used, one page each. Failures are AppErrors. */
export interface CloudWatchApi {
	region(): Promise<string>;
	describeLogGroups(input: DescribeLogGroupsCommandInput, signal: AbortSignal): Promise<DescribeLogGroupsCommandOutput>;
	filterLogEvents(input: FilterLogEventsCommandInput, signal: AbortSignal): Promise<FilterLogEventsCommandOutput>;
	listMetrics(input: ListMetricsCommandInput, signal: AbortSignal): Promise<ListMetricsCommandOutput>;
	getMetricData(input: GetMetricDataCommandInput, signal: AbortSignal): Promise<GetMetricDataCommandOutput>;
	getMetricStatistics(input: GetMetricStatisticsCommandInput, signal: AbortSignal): Promise<GetMetricStatisticsCommandOutput>;
	describeAlarms(input: DescribeAlarmsCommandInput, signal: AbortSignal): Promise<DescribeAlarmsCommandOutput>;
	describeAlarmHistory(input: DescribeAlarmHistoryCommandInput, signal: AbortSignal): Promise<DescribeAlarmHistoryCommandOutput>;
	startQuery(input: StartQueryCommandInput, signal: AbortSignal): Promise<StartQueryCommandOutput>;
	getQueryResults(input: GetQueryResultsCommandInput, signal: AbortSignal): Promise<GetQueryResultsCommandOutput>;
	stopQuery(input: StopQueryCommandInput, signal: AbortSignal): Promise<StopQueryCommandOutput>;
	lookupEvents(input: LookupEventsCommandInput, signal: AbortSignal): Promise<LookupEventsCommandOutput>;
	/** Holds one of the places for running Insights queries while `work` runs. */
	withInsightsPlace<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
	/** Milliseconds that the requests of a call have waited for their turn. */
	waitedMs(signal: AbortSignal): number;
	/** Log groups that FilterLogEvents can read in so many seconds, within the share of the quota; undefined where nothing limits it. */
	filterCallsIn(seconds: number): number | undefined;
	close(): void;
}

/** Clients of CloudWatch Logs and CloudWatch, each operation behind its own token bucket. No network yet. */
export function createCloudWatchClient(config: CloudWatchConfig): CloudWatchApi {
	const options = clientOptions(config);
	const logs = new CloudWatchLogsClient(options);
	const metrics = new CloudWatchClient(options);
	const trail = new CloudTrailClient(options);
	const queues = Object.fromEntries(
		Object.entries(QUOTA_PER_SECOND).map(([name, quota]) => [name, queueFor(quota, config.quotaShare)]),
	) as Record<Operation, RequestQueue>;
	const places = createRequestQueue({ concurrency: Math.max(1, Math.floor(INSIGHTS_AT_ONCE * (config.quotaShare ?? 0.25))) });

	/** Every attempt takes its own token, so that a retry stays inside the share as well. */
	async function call<T>(operation: Operation, schema: z.ZodType, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
		const attempt = async (): Promise<{ output: T } | { error: AppError }> => {
			try {
				return { output: await queues[operation].run(work, signal) };
			} catch (thrown) {
				const error = sdkFailure(thrown, operation, signal.aborted);
				// A query may have begun although its answer was lost: only a throttled one surely has not.
				if (operation === "StartQuery" && error.code !== "RATE_LIMITED") return { error };
				throw error;
			}
		};
		const done = await withRetries(attempt, { retries: RETRIES, backoffMs: BACKOFF_MS, maxWaitMs: MAX_WAIT_MS, signal });
		if ("error" in done) throw done.error;
		if (schema.safeParse(done.output).success) return done.output;
		throw new AppError("BAD_RESPONSE", `cloudwatch: ${operation} was answered in a form that is not known`, {
			hint: "check AWS_ENDPOINT_URL: is it CloudWatch, or a page in front of it?",
		});
	}
	return {
		region: async () => config.region ?? (await metrics.config.region().catch(() => "us-east-1")),
		describeLogGroups: (input, abortSignal) =>
			call("DescribeLogGroups", wire.LogGroups, () => logs.send(new DescribeLogGroupsCommand(input), { abortSignal }), abortSignal),
		filterLogEvents: (input, abortSignal) =>
			call("FilterLogEvents", wire.LogEvents, () => logs.send(new FilterLogEventsCommand(input), { abortSignal }), abortSignal),
		listMetrics: (input, abortSignal) =>
			call("ListMetrics", wire.Metrics, () => metrics.send(new ListMetricsCommand(input), { abortSignal }), abortSignal),
		getMetricData: (input, abortSignal) =>
			call("GetMetricData", wire.MetricData, () => metrics.send(new GetMetricDataCommand(input), { abortSignal }), abortSignal),
		getMetricStatistics: (input, abortSignal) =>
			call("GetMetricStatistics", wire.Statistics, () => metrics.send(new GetMetricStatisticsCommand(input), { abortSignal }), abortSignal),
		describeAlarms: (input, abortSignal) =>
			call("DescribeAlarms", wire.Alarms, () => metrics.send(new DescribeAlarmsCommand(input), { abortSignal }), abortSignal),
		describeAlarmHistory: (input, abortSignal) =>
			call(
				"DescribeAlarmHistory",
				wire.AlarmHistory,
				() => metrics.send(new DescribeAlarmHistoryCommand(input), { abortSignal }),
				abortSignal,
			),
		startQuery: (input, abortSignal) =>
			call("StartQuery", wire.StartedQuery, () => logs.send(new StartQueryCommand(input), { abortSignal }), abortSignal),
		getQueryResults: (input, abortSignal) =>
			call("GetQueryResults", wire.QueryResults, () => logs.send(new GetQueryResultsCommand(input), { abortSignal }), abortSignal),
		stopQuery: (input, abortSignal) =>
			call("StopQuery", wire.Anything, () => logs.send(new StopQueryCommand(input), { abortSignal }), abortSignal),
		lookupEvents: (input, abortSignal) =>
			call("LookupEvents", wire.TrailEvents, () => trail.send(new LookupEventsCommand(input), { abortSignal }), abortSignal),
		withInsightsPlace: (work, signal) => places.run(work, signal),
		waitedMs: (signal) => {
			const waited = [places, ...Object.values(queues)].reduce((sum, queue) => sum + queue.waitedBy(signal), 0);
			return waited < LEAST_WAIT_MS ? 0 : waited;
		},
		filterCallsIn: (seconds) =>
			config.quotaShare === undefined ? undefined : Math.floor(QUOTA_PER_SECOND.FilterLogEvents * config.quotaShare * seconds),
		close() {
			logs.destroy();
			metrics.destroy();
			trail.destroy();
		},
	};
}

function clientOptions(config: CloudWatchConfig) {
	const { region, endpoint, profile, roleArn } = config;
	const where = { ...(region === undefined ? {} : { region }), ...(endpoint === undefined ? {} : { endpoint }) };
	const own = config.credentials;
	let assumed: Promise<() => Promise<AwsCredentialIdentity>> | undefined;
	const credentials =
		roleArn === undefined
			? own
			: async (): Promise<AwsCredentialIdentity> => {
					// Loaded where a role is taken on only: it brings every way of signing in to AWS with it.
					assumed ??= import("@aws-sdk/credential-providers").then(({ fromTemporaryCredentials }) =>
						fromTemporaryCredentials({
							params: { RoleArn: roleArn, RoleSessionName: "faultline" },
							clientConfig: { ...where, ...(profile === undefined ? {} : { profile }) },
							...(own === undefined ? {} : { masterCredentials: own }),
						}),
					);
					return await (await assumed)();
				};
	return {
		maxAttempts: 1,
		requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
		...where,
		...(profile === undefined ? {} : { profile }),
		...(credentials === undefined ? {} : { credentials }),
	};
}

/** Keys as the SDK takes them. */
type AwsCredentialIdentity = NonNullable<CloudWatchConfig["credentials"]> & { expiration?: Date };

/** At least one request can always be made at once, however small the share. */
function queueFor(quota: number, share: number | undefined) {
	if (share === undefined) return createRequestQueue({ concurrency: CONCURRENCY });
	const perSecond = quota * share;
	return createRequestQueue({ concurrency: CONCURRENCY, perSecond, burst: Math.max(1, perSecond) });
}
