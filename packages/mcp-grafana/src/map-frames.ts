import { createHash } from "node:crypto";
import type { MetricSeriesWire } from "@faultline/contracts";
import { redact, redactDeep } from "@faultline/platform";
import type { Frame } from "./wire.ts";

const RESOURCE = ["resource", "pod", "service", "service_name", "app", "instance", "job", "host"];

/** Data frames of Grafana as series (a time and numbers) and rows (everything else); times are milliseconds since the epoch, [from, to). */
export function readFrames(
	frames: readonly Frame[],
	{ datasource, url, from, to }: { datasource: string; url: string; from: number; to: number },
): { series: MetricSeriesWire[]; rows: Record<string, unknown>[]; redactions: number } {
	const series: MetricSeriesWire[] = [];
	const rows: Record<string, unknown>[] = [];
	let redactions = 0;
	const clean = (text: string): string => {
		const { text: kept, count } = redact(text);
		redactions += count;
		return kept;
	};
	for (const frame of frames) {
		const { fields } = frame.schema;
		const columns = frame.data.values;
		const timeAt = fields.findIndex((f) => f.type === "time");
		const isSeries = timeAt >= 0 && fields.every((f, i) => i === timeAt || f.type === "number");
		if (!isSeries) {
			const length = columns[0]?.length ?? 0;
			for (let r = 0; r < length; r++) {
				const row = redactDeep(Object.fromEntries(fields.map((f, i) => [f.name, columns[i]?.[r] ?? null])));
				redactions += row.count;
				rows.push(row.value);
			}
			continue;
		}
		for (const [i, field] of fields.entries()) {
			if (i === timeAt) continue;
			const points = (columns[timeAt] ?? [])
				.map((t, r): [number, unknown] => [Number(t), columns[i]?.[r]])
				.filter(([t]) => Number.isFinite(t) && t >= from && t < to)
				.sort((a, b) => a[0] - b[0]);
			if (points.length === 0) continue;
			const labels = field.labels ?? {};
			const named = Object.entries(labels).filter(([name]) => name !== "__name__");
			const metric = labels.__name__ ?? (/^value$/i.test(field.name) ? (frame.schema.name ?? field.name) : field.name);
			const suffix = named.length === 0 ? "" : `{${named.map(([k, v]) => `${k}=${JSON.stringify(v)}`).join(",")}}`;
			series.push({
				id: `grafana:query:${createHash("sha256")
					.update(JSON.stringify([datasource, frame.schema.name, field.name, Object.entries(labels).sort(), url]))
					.digest("hex")
					.slice(0, 16)}`,
				source: "grafana",
				resource: clean(RESOURCE.map((l) => labels[l]).find((v) => v !== undefined && v !== "") ?? "unknown"),
				metric: clean(`${metric}${suffix}`),
				unit: "",
				times: points.map(([t]) => t),
				values: points.map(([, v]) => (typeof v === "number" && Number.isFinite(v) ? v : null)),
				url,
			});
		}
	}
	return { series, rows, redactions };
}
