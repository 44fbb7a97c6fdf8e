import { createHash } from "node:crypto";
import type { AlarmHistoryItem, CompositeAlarm, MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { type Signal, severityOf } from "@faultline/contracts";
import { redact, redactDeep } from "@faultline/platform";
import { alarmLink } from "./console-links.ts";
import { ReasonData, StateUpdate } from "./wire.ts";

export type Alarm = Partial<MetricAlarm> & Partial<CompositeAlarm> & { AlarmName?: string | undefined };

const FIRING = 17;
const OVER = 9;
const SERVICE_DIMENSIONS = ["ServiceName", "Service", "service.name", "FunctionName"];
const RESOURCE_DIMENSIONS = ["Resource", "PodName", "TaskId", "InstanceId", "DBInstanceIdentifier", "FunctionName"];

interface State {
	time: Date;
	state: string;
	reason: string | undefined;
	/** Parsed StateReasonData. */
	data: unknown;
}

/** A change of an alarm's state. Undefined for history that is not one. */
export function alarmTransition(item: AlarmHistoryItem, alarm: Alarm | undefined, region: string): Signal | undefined {
	const update = StateUpdate.safeParse(parse(item.HistoryData));
	if (!update.success || item.Timestamp === undefined) return undefined;
	const { newState } = update.data;
	return toSignal(
		alarm ?? { AlarmName: item.AlarmName },
		{ time: item.Timestamp, state: newState.stateValue, reason: newState.stateReason, data: newState.stateReasonData },
		region,
	);
}

/** An alarm as it stands: since when it is in its state. Undefined where AWS does not say. */
export function alarmNow(alarm: Alarm, region: string): Signal | undefined {
	const time = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp;
	if (time === undefined || alarm.StateValue === undefined) return undefined;
	return toSignal(alarm, { time, state: alarm.StateValue, reason: alarm.StateReason, data: parse(alarm.StateReasonData) }, region);
}

function toSignal(alarm: Alarm, { time, state, reason, data }: State, region: string): Signal {
	const own = alarm.AlarmName ?? "unnamed";
	const shown = redactDeep({ name: own, dimensions: (alarm.Dimensions ?? []).map((d) => ({ Name: d.Name ?? "", Value: d.Value ?? "" })) });
	const { name, dimensions } = shown.value;
	const valueNamed = (names: readonly string[]) =>
		names.map((n) => dimensions.find((d) => d.Name === n)?.Value).find((v) => v !== undefined);
	const service = valueNamed(SERVICE_DIMENSIONS);
	const metric =
		alarm.MetricName ?? alarm.Metrics?.find((m) => m.MetricStat?.Metric?.MetricName !== undefined)?.MetricStat?.Metric?.MetricName;
	const said = /(?:^|\n)\s*severity:\s*(\w+)\s*$/i.exec(alarm.AlarmDescription ?? "");
	const description = redact((alarm.AlarmDescription ?? "").replace(said?.[0] ?? "", "").trim());
	const summary = redact(reason || description.text || name);
	const details = ReasonData.safeParse(data);
	const value = details.success ? details.data.recentDatapoints?.at(-1) : undefined;
	const threshold = details.success ? (details.data.threshold ?? undefined) : alarm.Threshold;
	return {
		id: `cloudwatch:alarm:${createHash("sha256")
			.update(JSON.stringify([region, own, time.getTime(), state]))
			.digest("hex")
			.slice(0, 16)}`,
		source: "cloudwatch",
		kind: "alert",
		time: time.toISOString(),
		severity: state === "ALARM" ? severityOf(said?.[1]) || FIRING : OVER,
		...(service === undefined ? {} : { service }),
		resource: valueNamed(RESOURCE_DIMENSIONS) ?? service ?? dimensions[0]?.Value ?? (alarm.AlarmRule === undefined ? "unknown" : name),
		body: summary.text,
		attributes: {
			...(alarm.Namespace === undefined ? {} : { namespace: alarm.Namespace }),
			...(alarm.AlarmRule === undefined ? {} : { rule: redact(alarm.AlarmRule).text }),
			dimensions: Object.fromEntries(dimensions.map((d) => [d.Name, d.Value])),
		},
		count: 1,
		url: alarmLink(region, name),
		redactions: summary.count + description.count + shown.count,
		alert: {
			name,
			summary: summary.text,
			state,
			...(description.text === "" ? {} : { description: description.text }),
			...(metric === undefined ? {} : { metric }),
			...(threshold === undefined ? {} : { threshold }),
			...(value === undefined ? {} : { value }),
		},
	};
}

function parse(text: string | undefined): unknown {
	try {
		return JSON.parse(text ?? "");
	} catch {
		return undefined;
	}
}
