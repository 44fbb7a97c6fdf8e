import type { AlertSignal } from "@faultline/contracts";
import { z } from "zod";
import type { World } from "../world.ts";
import { ACCOUNT, REGION } from "./log-groups.ts";
import { type Operation, parseInput } from "./logs-api.ts";
import { dimensionsOf, namespaceOf } from "./metric-names.ts";
import { pageOf } from "./page-token.ts";

const INVALID_TOKEN = "InvalidNextToken";
type State = "ALARM" | "OK";

interface Alarm {
	name: string;
	arn: string;
	/** Ascending by time. */
	alerts: AlertSignal[];
}

const DescribeAlarms = z.object({
	AlarmNames: z.array(z.string()).max(100).optional(),
	AlarmNamePrefix: z.string().optional(),
	AlarmTypes: z.array(z.enum(["MetricAlarm", "CompositeAlarm"])).optional(),
	StateValue: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]).optional(),
	MaxRecords: z.coerce.number().int().min(1).max(100).default(50),
	NextToken: z.string().optional(),
});
const time = z.union([z.number().transform((s) => s * 1000), z.string().transform((s) => Date.parse(s))]);
const History = z.object({
	AlarmName: z.string().optional(),
	AlarmTypes: z.array(z.string()).optional(),
	HistoryItemType: z.enum(["ConfigurationUpdate", "StateUpdate", "Action"]).optional(),
	StartDate: time.optional(),
	EndDate: time.optional(),
	ScanBy: z.enum(["TimestampAscending", "TimestampDescending"]).default("TimestampDescending"),
	MaxRecords: z.coerce.number().int().min(1).max(100).default(100),
	NextToken: z.string().optional(),
});

/** CloudWatch alarms: one per alert name of the capture, its history the times at which the alert fired. */
export function alarmsOperations(world: World): Record<string, Operation> {
	const alarms = alarmsOf(world);
	return {
		DescribeAlarms: (input) => describeAlarms(world, alarms, parseInput(DescribeAlarms, input, "InvalidParameterValue")),
		DescribeAlarmHistory: (input) => describeHistory(alarms, parseInput(History, input, "InvalidParameterValue")),
	};
}

function alarmsOf(world: World): Alarm[] {
	const byName = new Map<string, Alarm>();
	for (const alert of world.alerts) {
		const service = alert.service;
		const known = byName.get(alert.alert.name);
		// An alarm watches one thing: the same rule on another service is another alarm.
		const name = known && known.alerts[0]?.service !== service ? `${alert.alert.name} ${service ?? ""}`.trim() : alert.alert.name;
		const alarm = byName.get(name) ?? { name, arn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`, alerts: [] };
		alarm.alerts.push(alert);
		byName.set(name, alarm);
	}
	return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const stateOf = ({ alert }: AlertSignal): State => (/^(ok|normal|resolved|inactive)$/i.test(alert.state ?? "") ? "OK" : "ALARM");

const severityWord = (n: number): string => (n >= 21 ? "critical" : n >= 17 ? "error" : n >= 13 ? "warning" : "info");

function reasonData(alert: AlertSignal): string {
	const { value, threshold } = alert.alert;
	return JSON.stringify({
		version: "1.0",
		queryDate: alert.time,
		statistic: "Average",
		period: 60,
		recentDatapoints: value === undefined ? [] : [value],
		threshold,
	});
}

function describeAlarms(
	world: World,
	alarms: readonly Alarm[],
	{ NextToken, MaxRecords, ...query }: z.output<typeof DescribeAlarms>,
): object {
	const described = alarms.map((a) => describeOne(world, a));
	const found = described.filter(
		(a) =>
			(query.AlarmNames?.includes(a.AlarmName) ?? true) &&
			a.AlarmName.startsWith(query.AlarmNamePrefix ?? "") &&
			(query.StateValue ?? a.StateValue) === a.StateValue,
	);
	const metricAlarms = query.AlarmTypes === undefined || query.AlarmTypes.includes("MetricAlarm") ? found : [];
	const { items, next } = pageOf(metricAlarms, query, NextToken, MaxRecords, INVALID_TOKEN);
	return { MetricAlarms: items, CompositeAlarms: [], NextToken: next };
}

function describeOne(world: World, { name, arn, alerts }: Alarm) {
	const last = alerts.at(-1) as AlertSignal;
	const { summary, description, metric, threshold, value } = last.alert;
	return {
		AlarmName: name,
		AlarmArn: arn,
		AlarmDescription: [description ?? summary, `Severity: ${severityWord(last.severity)}`].filter(Boolean).join("\n"),
		ActionsEnabled: true,
		AlarmConfigurationUpdatedTimestamp: new Date(Date.parse(world.evidence.window.from) - 86_400_000),
		StateValue: stateOf(last),
		StateReason: summary,
		StateReasonData: reasonData(last),
		StateUpdatedTimestamp: new Date(last.time),
		StateTransitionedTimestamp: new Date(last.time),
		MetricName: metric ?? name,
		Namespace: namespaceOf(world),
		Statistic: "Average",
		Dimensions: last.service ? dimensionsOf(world, last.service) : [],
		Period: 60,
		EvaluationPeriods: 1,
		Threshold: threshold ?? 0,
		ComparisonOperator: value !== undefined && threshold !== undefined && value < threshold ? "LessThanThreshold" : "GreaterThanThreshold",
		TreatMissingData: "missing",
	};
}

function describeHistory(alarms: readonly Alarm[], { NextToken, MaxRecords, ...query }: z.output<typeof History>): object {
	const { StartDate = Number.NEGATIVE_INFINITY, EndDate = Number.POSITIVE_INFINITY } = query;
	const items = alarms
		.filter((a) => (query.AlarmName ?? a.name) === a.name && (query.HistoryItemType ?? "StateUpdate") === "StateUpdate")
		.flatMap((alarm) => alarm.alerts.map((alert) => historyItem(alarm, alert)))
		.filter(({ Timestamp }) => Timestamp.getTime() >= StartDate && Timestamp.getTime() <= EndDate)
		.sort((a, b) => a.Timestamp.getTime() - b.Timestamp.getTime());
	if (query.ScanBy === "TimestampDescending") items.reverse();
	const { items: page, next } = pageOf(items, query, NextToken, MaxRecords, INVALID_TOKEN);
	return { AlarmHistoryItems: page, NextToken: next };
}

function historyItem({ name }: Alarm, alert: AlertSignal) {
	const state = stateOf(alert);
	const before: State = state === "ALARM" ? "OK" : "ALARM";
	return {
		AlarmName: name,
		AlarmType: "MetricAlarm",
		Timestamp: new Date(alert.time),
		HistoryItemType: "StateUpdate",
		HistorySummary: `Alarm updated from ${before} to ${state}`,
		HistoryData: JSON.stringify({
			version: "1.0",
			oldState: { stateValue: before, stateReason: "" },
			newState: { stateValue: state, stateReason: alert.alert.summary, stateReasonData: JSON.parse(reasonData(alert)) },
		}),
	};
}
