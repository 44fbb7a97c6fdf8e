/** The cursor of the next page in a Link header; undefined where there is none (Sentry always links, and says results="false"). */
export function nextCursor(header: string | null): string | undefined {
	for (const part of (header ?? "").split(/,\s*(?=<)/)) {
		if (!/\brel="next"/.test(part) || !/\bresults="true"/.test(part)) continue;
		return /\bcursor="([^"]{1,200})"/.exec(part)?.[1];
	}
	return undefined;
}
