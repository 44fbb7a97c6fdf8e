import type { Signal } from "@faultline/contracts";
import { redact } from "@faultline/platform";
import type { SpanRow } from "./wire.ts";

/** Attributes of OpenTelemetry's conventions that say what went wrong, or what was called. */
const ATTRIBUTES = [
	"span.op",
	"transaction",
	"error",
	"error.type",
	"error.message",
	"exception.type",
	"exception.message",
	"http.request.method",
	"http.response.status_code",
	"http.route",
	"rpc.method",
	"rpc.grpc.status_code",
	"rpc.service",
	"db.system",
	"db.system.name",
	"messaging.system",
	"span.kind",
	"peer.service",
	"server.address",
	"server.port",
	"environment",
	"release",
];

/** The columns asked of the spans dataset. */
export const SPAN_FIELDS = [
	"id",
	"trace",
	"parent_span",
	"project",
	"span.description",
	"span.duration",
	"span.status",
	"precise.start_ts",
	"timestamp",
	"service.name",
	"k8s.pod.name",
	...ATTRIBUTES,
];

/** A row as a Signal; undefined where it has no time. Statuses of any name pass. */
export function spanSignal(row: SpanRow, url: (path: string) => string): Signal | undefined {
	const text = (field: string): string | undefined =>
		typeof row[field] === "string" && row[field] !== "" ? (row[field] as string) : undefined;
	const time = startOf(row);
	if (time === undefined) return undefined;
	const spanId = text("id");
	const traceId = text("trace");
	const parentId = text("parent_span");
	const status = text("span.status");
	const service = text("service.name") ?? text("project") ?? text("project.name");
	const name = redact(text("span.description") ?? text("transaction") ?? "");
	let redactions = name.count;
	const attributes = Object.fromEntries(
		ATTRIBUTES.flatMap((field) => {
			const value = row[field];
			if (
				value === null ||
				value === undefined ||
				value === "" ||
				(field === "span.op" && value === "default") ||
				(field === "transaction" && value === name.text)
			)
				return [];
			if (typeof value !== "string") return [[field, value]];
			const clean = redact(value);
			redactions += clean.count;
			return [[field, clean.text]];
		}),
	);
	const duration = row["span.duration"];
	return {
		id: `sentry:span:${traceId ?? ""}:${spanId ?? `${time}:${name.text.slice(0, 80)}`}`,
		source: "sentry",
		kind: "span",
		time,
		severity: isError(status) ? 17 : 9,
		...(service === undefined ? {} : { service }),
		resource: text("k8s.pod.name") ?? service ?? "unknown",
		...(traceId === undefined ? {} : { traceId }),
		...(spanId === undefined ? {} : { spanId }),
		body: name.text,
		attributes,
		count: 1,
		...(traceId === undefined ? {} : { url: url(`traces/trace/${encodeURIComponent(traceId)}/`) }),
		redactions,
		span: {
			name: name.text,
			durationMs: typeof duration === "number" && duration >= 0 ? duration : 0,
			...(parentId === undefined ? {} : { parentId }),
			...(status === undefined ? {} : { status }),
		},
	};
}

/** Sentry's failing statuses, and OpenTelemetry's. What the caller cancelled is no failure. */
const isError = (status: string | undefined): boolean =>
	status !== undefined &&
	/err|fail|internal|unavailable|deadline|exhausted|aborted|data_loss|unimplemented|unauthenticated|denied|^5\d\d$/i.test(status);

/** When a span began: the precise start, to the microsecond, else its timestamp. */
function startOf(row: SpanRow): string | undefined {
	const seconds = row["precise.start_ts"];
	if (typeof seconds === "number" && seconds > 0) {
		const micros = Math.round(seconds * 1_000_000);
		const rest = String(micros % 1_000_000).padStart(6, "0");
		return `${new Date(Math.floor(micros / 1_000_000) * 1000).toISOString().slice(0, 19)}.${rest.endsWith("000") ? rest.slice(0, 3) : rest}Z`;
	}
	const stamp = row.timestamp;
	if (typeof stamp !== "string") return undefined;
	const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(stamp) ? stamp : `${stamp}Z`);
	return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
}
