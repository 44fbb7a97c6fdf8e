import type { AppError, Coverage, Window } from "@faultline/contracts";
import type { ToolHarvest } from "./read-pages.ts";

/** One source's coverage from what its tools answered. `error` is a failure of the source as a whole (it never started, it has no tools). */
export function sourceCoverage(source: string, window: Window, harvests: readonly ToolHarvest[], error?: AppError): Coverage {
	const pages = harvests.flatMap((h) => h.coverages);
	const read = pages.filter((c) => c.status !== "failed" && c.status !== "skipped");
	const gaps = gapsOf(harvests, error);
	const told = [
		...gaps,
		...new Set(pages.flatMap((c) => [...(c.skipped ?? []), ...(c.status === "ok" || c.reason === undefined ? [] : [c.reason])])),
	];
	const oldest = pages.flatMap((c) => c.oldestAvailable ?? []).sort(byInstant)[0];
	const status = statusOf(harvests, read, pages, gaps);
	const truncated = harvests.some((h) => h.truncated) || pages.some((c) => c.truncated && !continued(c, harvests));
	const failedTools = harvests.filter((h) => h.error !== undefined).map((h) => h.tool);
	return {
		source,
		status: status === "ok" && truncated ? "partial" : status,
		from: read.map((c) => c.from).sort(byInstant)[0] ?? window.from,
		to:
			read
				.map((c) => c.to)
				.sort(byInstant)
				.at(-1) ?? window.to,
		truncated,
		...(failedTools.length === 0 ? {} : { failedTools }),
		...(oldest === undefined ? {} : { oldestAvailable: oldest }),
		...(told.length === 0 ? {} : { skipped: told.slice(0, 50), reason: told[0] ?? "" }),
	};
}

function statusOf(
	harvests: readonly ToolHarvest[],
	read: readonly Coverage[],
	pages: readonly Coverage[],
	gaps: readonly string[],
): Coverage["status"] {
	if (read.length === 0) return gaps.length === 0 && pages.length > 0 && pages.every((c) => c.status === "skipped") ? "skipped" : "failed";
	const whole = gaps.length === 0 && harvests.every((h) => h.complete) && pages.every((c) => c.status === "ok" || c.status === "skipped");
	return whole ? "ok" : "partial";
}

/** A page that says "truncated" while it also gave a cursor which was followed to the end left nothing out. */
function continued(coverage: Coverage, harvests: readonly ToolHarvest[]): boolean {
	const owner = harvests.find((h) => h.coverages.includes(coverage));
	return owner?.complete === true && owner.coverages.at(-1) !== coverage;
}

/** Why something is missing, one line per distinct reason. */
function gapsOf(harvests: readonly ToolHarvest[], error: AppError | undefined): string[] {
	const byReason = new Map<string, string[]>();
	for (const harvest of harvests) {
		const reason = harvest.error === undefined ? undefined : sentence(harvest.error);
		const stopped = harvest.truncated ? "stopped at the limit of signals: there was more" : undefined;
		const why = reason ?? stopped;
		if (why === undefined) continue;
		const after = harvest.pages === 0 ? "" : ` (after ${harvest.pages === 1 ? "1 page" : `${harvest.pages} pages`})`;
		byReason.set(why, [...(byReason.get(why) ?? []), `${harvest.tool}${after}`]);
	}
	const lines = [...byReason].map(([why, tools]) =>
		tools.length === harvests.length && tools.length > 1 ? `${why} (every tool)` : `${tools.join(", ")}: ${why}`,
	);
	return error === undefined ? lines : [sentence(error), ...lines];
}

function sentence(error: AppError): string {
	return `${error.code}: ${error.message}`;
}

const byInstant = (a: string, b: string) => Date.parse(a) - Date.parse(b);
