import type { LogLine } from "./map-lines.ts";
import type { Frame } from "./wire.ts";

/** Fields that may hold a line's text, the likeliest first. */
const TEXT = ["message", "@message", "msg", "line", "Line", "log", "body", "Body", "event.original"];
/** The whole document once more, and what the data source keeps for itself. */
const OWN = /^(_source|_type|sort|highlight|id|__log__grafana_internal__)$/;
const TIME = ["@timestamp", "timestamp", "time", "Time", "ts"];
/** Fields beside the text that are kept of one line, and how much of each. */
const FIELDS = 60;
const FIELD_LENGTH = 500;

/** Rows of log frames as lines: their time to the nanosecond, their text, and every other field beside it. Rows without a time are left out. */
export function linesOf(frames: readonly Frame[]): LogLine[] {
	return frames.flatMap(({ schema: { fields }, data: { values, nanos } }) => {
		const times = fields.flatMap((f, i) => (f.type === "time" ? [i] : []));
		const timeAt = times.find((i) => TIME.includes(fields[i]?.name ?? "")) ?? times[0];
		if (timeAt === undefined) return [];
		const rows = values[timeAt] ?? [];
		return rows.flatMap((time, r): LogLine[] => {
			if (typeof time !== "number" || !Number.isFinite(time)) return [];
			const cells = fields.flatMap((f, i): [string, unknown][] => {
				const value = values[i]?.[r];
				return i === timeAt || value === null || value === undefined || value === "" ? [] : [[f.name, value]];
			});
			const text = textOf(cells, fields[timeAt]?.name);
			const labels = cells
				.filter(([name, value]) => !OWN.test(name) && value !== text)
				.slice(0, FIELDS)
				.map(([name, value]): [string, string] => [
					name === "__logstream__grafana_internal__" ? "logStream" : name,
					shown(value).slice(0, FIELD_LENGTH),
				]);
			return [{ labels: Object.fromEntries(labels), at: BigInt(Math.trunc(time)) * 1_000_000n + BigInt(nanos?.[timeAt]?.[r] ?? 0), text }];
		});
	});
}

/** A field by one of the usual names, else the document as JSON without its time. */
function textOf(cells: readonly [string, unknown][], timeName: string | undefined): string {
	for (const name of TEXT) {
		const value = cells.find(([n]) => n === name)?.[1];
		if (typeof value === "string") return value;
	}
	const source = cells.find(([name]) => name === "_source")?.[1];
	const document = typeof source === "object" && source !== null ? source : Object.fromEntries(cells.filter(([name]) => !OWN.test(name)));
	return JSON.stringify(Object.fromEntries(Object.entries(document).filter(([name]) => name !== timeName)));
}

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
