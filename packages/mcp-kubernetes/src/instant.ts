/** An instant with its nanoseconds, comparable as text with others of the same kind: always UTC, always nine digits. */
export function nanos(iso: string): string | undefined {
	const ms = Date.parse(iso);
	if (!Number.isFinite(ms)) return undefined;
	const digits = (/\.(\d{1,9})/.exec(iso)?.[1] ?? "").padEnd(9, "0");
	return `${new Date(ms).toISOString().slice(0, 19)}.${digits}Z`;
}

/** The same instant without digits that say nothing. */
export function shortest(instant: string): string {
	return instant.replace(/\.?0+Z$/, "Z");
}

/** Whether an instant of any precision lies in [from, to). */
export function within(iso: string | undefined, window: { from: string; to: string }): boolean {
	const ms = Date.parse(iso ?? "");
	return ms >= Date.parse(window.from) && ms < Date.parse(window.to);
}

/** The latest of several instants; undefined where none is one. */
export function latest(...instants: (string | undefined)[]): string | undefined {
	let best: string | undefined;
	for (const iso of instants)
		if (Number.isFinite(Date.parse(iso ?? "")) && (best === undefined || Date.parse(iso ?? "") > Date.parse(best))) best = iso;
	return best;
}

/** The earliest of several instants; undefined where none is one. */
export function earliest(...instants: (string | undefined)[]): string | undefined {
	let best: string | undefined;
	for (const iso of instants)
		if (Number.isFinite(Date.parse(iso ?? "")) && (best === undefined || Date.parse(iso ?? "") < Date.parse(best))) best = iso;
	return best;
}
