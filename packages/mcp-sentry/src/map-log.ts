import { type Signal, severityOf } from "@faultline/contracts";
import { redact } from "@faultline/platform";
import type { SpanRow } from "./wire.ts";

/** The columns asked of the logs dataset. */
export const LOG_FIELDS = [
	"id",
	"timestamp",
	"timestamp_precise",
	"severity",
	"message",
	"trace",
	"project",
	"environment",
	"release",
	"service.name",
	"k8s.pod.name",
];

/** A row of the logs dataset as a Signal; undefined where it has no time. */
export function logSignal(row: SpanRow, url: (path: string) => string): Signal | undefined {
	const text = (field: string): string | undefined =>
		typeof row[field] === "string" && row[field] !== "" ? (row[field] as string) : undefined;
	const time = timeOf(row);
	if (time === undefined) return undefined;
	const service = text("service.name") ?? text("project") ?? text("project.name");
	const traceId = text("trace");
	const body = redact(text("message") ?? "");
	return {
		id: `sentry:log:${text("id") ?? `${time}:${body.text.slice(0, 80)}`}`,
		source: "sentry",
		kind: "log",
		time,
		severity: severityOf(text("severity")),
		...(service === undefined ? {} : { service }),
		resource: text("k8s.pod.name") ?? service ?? "unknown",
		...(traceId === undefined ? {} : { traceId }),
		body: body.text,
		attributes: Object.fromEntries(
			["project", "environment", "release"].flatMap((field) => (text(field) === undefined ? [] : [[field, text(field)]])),
		),
		count: 1,
		...(traceId === undefined ? {} : { url: url(`traces/trace/${encodeURIComponent(traceId)}/`) }),
		redactions: body.count,
	};
}

/** The precise time, in nanoseconds since the epoch (a number loses the last three digits), else the timestamp. */
function timeOf(row: SpanRow): string | undefined {
	const precise = row.timestamp_precise;
	const digits =
		typeof precise === "string" && /^\d{19}$/.test(precise)
			? precise
			: typeof precise === "number" && precise > 1e18
				? BigInt(Math.round(precise)).toString()
				: undefined;
	if (digits !== undefined) {
		const nanos = digits.slice(-9);
		const fraction = nanos.replace(/0+$/, "");
		return `${new Date(Number(digits.slice(0, -9)) * 1000).toISOString().slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}Z`;
	}
	const stamp = row.timestamp;
	if (typeof stamp !== "string") return undefined;
	const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(stamp) ? stamp : `${stamp}Z`);
	return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
}
