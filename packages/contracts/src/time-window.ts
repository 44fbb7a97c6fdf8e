import { AppError } from "./errors.ts";
import type { Window } from "./evidence.ts";
import { instant } from "./signal.ts";

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** "30m", "2h", "1d12h" in milliseconds; undefined where it is not a duration. */
export function parseDuration(text: string): number | undefined {
	if (!/^(\d+(\.\d+)?[smhdw])+$/.test(text)) return undefined;
	let total = 0;
	for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)) total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
	return total;
}

/** One end of a window, in milliseconds since the epoch: ISO 8601, "now", or relative to now ("-30m", "now-30m"). */
export function parseInstant(text: string, now: number, name = "time"): number {
	const trimmed = text.trim();
	if (trimmed === "now") return now;
	const relative = /^(?:now)?-(.+)$/.exec(trimmed)?.[1];
	const ago = relative === undefined ? undefined : parseDuration(relative);
	if (ago !== undefined) return now - ago;
	if (instant.safeParse(trimmed).success) {
		const ms = Date.parse(trimmed);
		if (Number.isFinite(ms)) return ms;
	}
	throw new AppError("BAD_INPUT", `${name} is not a time: "${text.slice(0, 60)}"`, {
		hint: 'ISO 8601 with a zone ("2026-06-19T09:00:00Z"), "now", or relative to now ("-30m", "-2h")',
	});
}

/** A window from two ends; `from` defaults to 30 minutes before `to`, `to` to now. */
export function parseWindow(input: { from?: string | undefined; to?: string | undefined }, now: number): Window {
	const to = parseInstant(input.to ?? "now", now, "to");
	const from = input.from === undefined ? to - 30 * 60_000 : parseInstant(input.from, now, "from");
	if (from >= to)
		throw new AppError("BAD_INPUT", "the window is empty: from is not before to", { hint: "swap them, or give an earlier from" });
	return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
