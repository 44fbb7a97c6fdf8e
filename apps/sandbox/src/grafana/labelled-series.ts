import type { MetricSeries } from "@faultline/contracts";
import type { World } from "../world.ts";
import type { LabelledSeries, Labels } from "./promql/evaluate.ts";

export interface MetricMetadata {
	type: "counter" | "gauge";
	help: string;
	unit: string;
}

/**
 * The series of a world as Prometheus holds them. The metric's own name is kept, whatever its characters (Prometheus 3 allows
 * any); `resource` is always the capture's own name, `pod` and `service` say what it is, where it is one.
 */
export function labelledSeries(world: World): LabelledSeries[] {
	const seen = new Set<string>();
	return world.series.map((series) => {
		const labels: Labels = { __name__: series.metric, ...labelsOf(world, series.resource) };
		const key = JSON.stringify([series.metric, series.resource]);
		// The same metric of the same resource in two units is two series.
		if (seen.has(key)) labels.unit = series.unit;
		seen.add(key);
		return { labels, times: series.times, values: series.values };
	});
}

export function labelsOf(world: World, resource: string): Labels {
	const pod = world.podByResource.get(resource);
	const service = pod?.service ?? (world.serviceByName.has(resource) ? resource : undefined);
	return { resource, ...(pod ? { pod: resource } : {}), ...(service ? { service } : {}) };
}

/** By metric name; several where its series have several units. */
export function metadataOf(world: World): Map<string, MetricMetadata[]> {
	const found = new Map<string, MetricMetadata[]>();
	for (const [metric, all] of Map.groupBy(world.series, (s) => s.metric)) {
		const type = /_total$/.test(metric) && all.every(isRising) ? "counter" : "gauge";
		const units = [...new Set(all.map((s) => s.unit))];
		found.set(
			metric,
			units.map((unit) => ({ type, help: `${metric} of the capture`, unit })),
		);
	}
	return found;
}

/** A counter never falls, but for a reset to nearly nothing. */
function isRising({ values }: MetricSeries): boolean {
	for (let i = 1; i < values.length; i++) {
		const [before, now] = [values[i - 1] ?? 0, values[i] ?? 0];
		if (now < before && now > before / 10) return false;
	}
	return true;
}
