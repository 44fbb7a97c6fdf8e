import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Times } from "./assemble.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import type { MetricRecord, Notebook } from "./telemetry/notebook.ts";
import type { Truth } from "./truth.ts";

const ndjson = (records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join("");

function csv(metrics: readonly MetricRecord[]): string {
	const rows = metrics
		.map((m) => [m.time, m.resource, m.metric, m.unit, m.value])
		.toSorted((a, b) => (`${a[1]} ${a[2]}` < `${b[1]} ${b[2]}` ? -1 : `${a[1]} ${a[2]}` > `${b[1]} ${b[2]}` ? 1 : 0));
	return ["time,resource,metric,unit,value", ...rows.map((row) => row.join(","))].join("\n").concat("\n");
}

/** Writes a recording as a capture folder, its truth beside the records. The bulky files are gzipped. */
export function writeRecording(folder: string, scenario: Scenario, records: Notebook, times: Times, truth: Truth): void {
	const firing = records.alerts.filter((alert) => alert.state === "firing" && (times.injected === null || alert.time >= times.injected));
	const page = firing.find((alert) => alert.severity === "critical") ?? firing[0];
	const manifest = {
		version: 1,
		id: scenario.id,
		title: scenario.title,
		start: times.start,
		end: times.end,
		...(page === undefined ? {} : { alertTime: page.time, focus: page.service }),
		provenance: {
			source: "test/incidents/record.ts: recorded from real nginx, PostgreSQL, Redis and the shop's services",
			license: "Apache-2.0",
		},
	};
	mkdirSync(folder, { recursive: true });
	const write = (name: string, content: string, packed = false): void =>
		writeFileSync(join(folder, packed ? `${name}.gz` : name), packed ? gzipSync(content, { level: 9 }) : content);
	write("capture.json", `${JSON.stringify(manifest, null, "\t")}\n`);
	write("truth.json", `${JSON.stringify(truth, null, "\t")}\n`);
	write("alerts.ndjson", ndjson(records.alerts));
	write("events.ndjson", ndjson(records.events));
	write("changes.ndjson", ndjson(records.changes));
	write("logs.ndjson", ndjson(records.logs), true);
	write("spans.ndjson", ndjson(records.spans), true);
	write("metrics.csv", csv(records.metrics), true);
}
