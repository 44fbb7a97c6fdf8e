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
} from "@aws-sdk/client-cloudwatch-logs";
import { AppError } from "@faultline/contracts";
import { createRequestQueue } from "@faultline/platform";
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
} as const;
type Operation = keyof typeof QUOTA_PER_SECOND;
const CONCURRENCY = 4;
const ATTEMPTS = 3;
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
	close(): void;
}

/** Clients of CloudWatch Logs and CloudWatch, each operation behind its own token bucket. No network yet. */
export function createCloudWatchClient(config: CloudWatchConfig): CloudWatchApi {
	const options = {
		maxAttempts: ATTEMPTS,
		requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
		...(config.region === undefined ? {} : { region: config.region }),
		...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
		...(config.profile === undefined ? {} : { profile: config.profile }),
		...(config.credentials === undefined ? {} : { credentials: config.credentials }),
	};
	const logs = new CloudWatchLogsClient(options);
	const metrics = new CloudWatchClient(options);
	const queues = Object.fromEntries(
		Object.entries(QUOTA_PER_SECOND).map(([name, quota]) => [name, queueFor(quota, config.quotaShare)]),
	) as Record<Operation, ReturnType<typeof queueFor>>;

	async function call<T>(operation: Operation, schema: z.ZodType, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
		try {
			const output = await queues[operation].run(work, signal);
			if (schema.safeParse(output).success) return output;
		} catch (thrown) {
			throw sdkFailure(thrown, operation, signal.aborted);
		}
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
		close() {
			logs.destroy();
			metrics.destroy();
		},
	};
}

/** At least one request can always be made at once, however small the share. */
function queueFor(quota: number, share: number | undefined) {
	if (share === undefined) return createRequestQueue({ concurrency: CONCURRENCY });
	const perSecond = quota * share;
	return createRequestQueue({ concurrency: CONCURRENCY, perSecond, burst: Math.max(1, perSecond) });
}
