import { z } from "zod";

/** A line of log as far as counting it needs: milliseconds since the epoch, text (redacted), how many it stands for. */
export interface CountedLine {
	time: number;
	text: string;
	count: number;
	severity: number;
}

export const MinuteCount = z.object({ time: z.string(), count: z.int().nonnegative() });
export const TemplateCount = z.object({
	template: z.string(),
	sample: z.string(),
	severity: z.int(),
	count: z.int().nonnegative(),
	/** In the window of the same length before. */
	before: z.int().nonnegative(),
	firstSeen: z.string(),
	lastSeen: z.string(),
	/** Not seen at all in the window before. */
	isNew: z.boolean(),
});
export type TemplateCount = z.infer<typeof TemplateCount>;

const MINUTE_MS = 60_000;

/** What a line has in common with others of its kind: what varies (times, ids, addresses, numbers, quoted words) becomes `<*>`. Linear in its length. */
export function lineTemplate(text: string): string {
	return text
		.slice(0, 400)
		.replace(/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}[\d.,:+Z-]*/g, "<*>")
		.replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<*>")
		.replace(/"[^"]{0,200}"|'[^']{0,200}'/g, "<*>")
		.replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{6,64}\b/gi, "<*>")
		.replace(/[+-]?\d+(?:[.,:]\d+)*/g, "<*>")
		.replace(/(?:<\*>[\s.,:/-]?){2,}/g, "<*> ")
		.replace(/\s+/g, " ")
		.trim()
		.slice(0, 200);
}

/** Counts per minute over [from, to), minutes without any included; at most `most` minutes per bucket are joined so that there are few. */
export function countPerMinute(
	points: readonly { time: number; count: number }[],
	from: number,
	to: number,
): { time: string; count: number }[] {
	const start = Math.floor(from / MINUTE_MS);
	const counts = Array.from({ length: Math.max(1, Math.ceil(to / MINUTE_MS) - start) }, () => 0);
	for (const { time, count } of points) {
		const at = Math.floor(time / MINUTE_MS) - start;
		if (time >= from - MINUTE_MS && time < to && at >= 0) counts[at] = (counts[at] ?? 0) + count;
	}
	return counts.map((count, i) => ({ time: new Date((start + i) * MINUTE_MS).toISOString(), count }));
}

/** The kinds of lines of a window, each with its count in the window before; new and grown ones first. */
export function compareTemplates(current: readonly CountedLine[], previous: readonly CountedLine[], most = 20): TemplateCount[] {
	const before = new Map<string, number>();
	for (const line of previous) {
		const template = lineTemplate(line.text);
		before.set(template, (before.get(template) ?? 0) + line.count);
	}
	const groups = Map.groupBy(current, (line) => lineTemplate(line.text));
	const rows = [...groups].map(([template, lines]): TemplateCount => {
		const times = lines.map((line) => line.time);
		const count = lines.reduce((sum, line) => sum + line.count, 0);
		return {
			template,
			sample: lines[0]?.text.slice(0, 200) ?? "",
			severity: Math.max(...lines.map((line) => line.severity)),
			count,
			before: before.get(template) ?? 0,
			firstSeen: new Date(times.reduce((a, b) => Math.min(a, b))).toISOString(),
			lastSeen: new Date(times.reduce((a, b) => Math.max(a, b))).toISOString(),
			isNew: !before.has(template),
		};
	});
	return rows.sort((a, b) => b.count - b.before - (a.count - a.before) || b.severity - a.severity || (a.template < b.template ? -1 : 1)).slice(0, most);
}
