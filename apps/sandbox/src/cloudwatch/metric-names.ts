import type { MetricSeries } from "@faultline/contracts";
import type { World } from "../world.ts";

export interface Dimension {
	Name: string;
	Value: string;
}

/** A series under the name CloudWatch gives it. */
export interface Metric {
	Namespace: string;
	MetricName: string;
	Dimensions: Dimension[];
	series: MetricSeries;
	/** One of CloudWatch's own units. */
	unit: string;
}

export const namespaceOf = (world: World): string => `Capture/${world.evidence.id.replace(/[^\w./#:-]/g, "-").slice(0, 200)}`;

/** `Resource` is always the capture's own name; `PodName` and `ServiceName` say what it is, where it is one. */
export function dimensionsOf(world: World, resource: string): Dimension[] {
	const pod = world.podByResource.get(resource);
	const service = pod?.service ?? (world.serviceByName.has(resource) ? resource : undefined);
	return [
		{ Name: "Resource", Value: resource },
		...(pod ? [{ Name: "PodName", Value: pod.resource }] : []),
		...(service ? [{ Name: "ServiceName", Value: service }] : []),
	];
}

export function metricsOf(world: World): Metric[] {
	const Namespace = namespaceOf(world);
	return world.series.map((series) => ({
		Namespace,
		MetricName: series.metric.slice(0, 255),
		Dimensions: dimensionsOf(world, series.resource),
		series,
		unit: unitOf(series.unit),
	}));
}

const UNITS: readonly [RegExp, string][] = [
	[/^(%|percent|pct)$/i, "Percent"],
	[/^(s|sec|secs|seconds?)$/i, "Seconds"],
	[/^(ms|msec|milliseconds?)$/i, "Milliseconds"],
	[/^(us|µs|microseconds?)$/i, "Microseconds"],
	[/^(b|by|bytes?)$/i, "Bytes"],
	[/^(kb|kilobytes?)$/i, "Kilobytes"],
	[/^(mb|megabytes?)$/i, "Megabytes"],
	[/^(gb|gigabytes?)$/i, "Gigabytes"],
	[/^(b|by|bytes?)(\/s|ps| per second)$/i, "Bytes/Second"],
	[/^(count|counts|requests?|connections?|1)$/i, "Count"],
	[/^(count\/s|1\/s|rps|iops|req\/s)$/i, "Count/Second"],
];

/** CloudWatch's word for a unit; "None" for one that it does not have. */
function unitOf(unit: string): string {
	return UNITS.find(([pattern]) => pattern.test(unit.trim()))?.[1] ?? "None";
}
