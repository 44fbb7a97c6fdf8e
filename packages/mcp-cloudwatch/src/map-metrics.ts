import { createHash } from "node:crypto";
import type { Metric } from "@aws-sdk/client-cloudwatch";
import type { MetricSeriesWire } from "@faultline/contracts";
import { redact } from "@faultline/platform";
import { metricLink } from "./console-links.ts";
import type { MetricWindow } from "./periods.ts";

/** Dimensions that name what is measured, the most precise first; other names that end alike follow. */
const RESOURCE_DIMENSIONS = [
	"Resource",
	"PodName",
	"TaskId",
	"InstanceId",
	"DBInstanceIdentifier",
	"CacheClusterId",
	"FunctionName",
	"QueueName",
	"TableName",
	"StreamName",
	"LoadBalancer",
	"ServiceName",
	"Service",
	"service.name",
];
const RESOURCE_LIKE = /(Id|Name|Identifier)$/;
const SERVICE_DIMENSIONS = ["ServiceName", "Service", "service.name", "service", "FunctionName"];
/** Dimensions that say where something runs, not what is measured. */
const ORIGIN = new Set(["ClusterName", "Namespace", "PodName", "ServiceName", "Service", "Environment", "Cluster", "NodeName", "Region"]);
/** CloudWatch's own units in ours. */
const UNITS: Record<string, string> = {
	Percent: "%",
	Seconds: "s",
	Milliseconds: "ms",
	Microseconds: "us",
	Bytes: "bytes",
	Count: "count",
	"Count/Second": "count/s",
	"Bytes/Second": "bytes/s",
	None: "",
};

/** Names by which AWS calls a metric that counts events: of these the sum says something, of the rest the average. */
const COUNTS_EVENTS =
	/(RequestCount|Errors?|Faults?|Invocations|Throttles|[45]XX(_\w*)?(Count)?|_Count|MessagesSent|MessagesReceived|MessagesDeleted)$/;

export const statisticFor = (metricName: string): "Sum" | "Average" => (COUNTS_EVENTS.test(metricName) ? "Sum" : "Average");

export interface MetricPoints {
	metric: Metric;
	/** Milliseconds since the epoch, with values; any order. */
	points: [number, number][];
	unit: string | undefined;
}

/** A metric of CloudWatch as a series. Undefined where it has no point in the window. */
export function mapMetric(
	{ metric, points, unit }: MetricPoints,
	region: string,
	window: MetricWindow,
): { series: MetricSeriesWire; redactions: number } | undefined {
	const own = points.filter(([t]) => t < window.to).sort((a, b) => a[0] - b[0]);
	if (own.length === 0) return undefined;
	const dimensions = (metric.Dimensions ?? []).map((d) => ({ Name: d.Name ?? "", Value: d.Value ?? "" }));
	const [namespace, name] = [metric.Namespace ?? "", metric.MetricName ?? ""];
	const resourceDimension =
		RESOURCE_DIMENSIONS.find((n) => dimensions.some((d) => d.Name === n)) ??
		dimensions.find((d) => RESOURCE_LIKE.test(d.Name))?.Name ??
		dimensions[0]?.Name;
	const valueNamed = (wanted: string | undefined) => dimensions.find((d) => d.Name === wanted)?.Value;
	const service = SERVICE_DIMENSIONS.map(valueNamed).find((v) => v !== undefined);
	const measured = dimensions.filter((d) => d.Name !== resourceDimension && !ORIGIN.has(d.Name));
	const full = redact(measured.length === 0 ? name : `${name}{${measured.map((d) => `${d.Name}=${JSON.stringify(d.Value)}`).join(",")}}`);
	const resource = withoutSecrets(valueNamed(resourceDimension) ?? namespace);
	const series: MetricSeriesWire = {
		id: `cloudwatch:metric:${createHash("sha256")
			.update(JSON.stringify([namespace, name, dimensions]))
			.digest("hex")
			.slice(0, 16)}`,
		source: "cloudwatch",
		resource: resource.text,
		...(service === undefined ? {} : { service: withoutSecrets(service).text }),
		metric: full.text,
		unit: unit === undefined ? "" : (UNITS[unit] ?? unit.toLowerCase()),
		times: own.map(([t]) => t),
		values: own.map(([, v]) => (Number.isFinite(v) ? v : null)),
		url: metricLink(region, { namespace, name, dimensions }, window),
	};
	return { series, redactions: full.count + resource.count };
}

/**
 * A resource's name without secrets. What looks like an e-mail address stays ("user@db.internal" is a database): a name that
 * is changed is another resource to every other source.
 */
function withoutSecrets(name: string): { text: string; count: number } {
	const redacted = redact(name);
	return redacted.text.replaceAll("[redacted:email]", "").includes("[redacted:") ? redacted : { text: name, count: 0 };
}
