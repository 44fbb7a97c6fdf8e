export type QueryValue = string | number | boolean | undefined;
export type Query = Record<string, QueryValue | readonly QueryValue[]>;

/** The base URL's path is kept ("https://host/grafana" + "/api/x" is "https://host/grafana/api/x"); lists repeat their key. */
export function buildUrl(base: URL, path: string, query: Query = {}): URL {
	const absolute = /^https?:\/\//i.test(path);
	const url = absolute ? new URL(path) : new URL(base.origin);
	if (!absolute) {
		const [pathname = "", search] = splitOnce(path, "?");
		url.pathname = `${base.pathname.replace(/\/$/, "")}/${pathname.replace(/^\//, "")}`;
		if (search !== undefined) url.search = search;
	}
	for (const [key, value] of Object.entries(query)) {
		for (const item of Array.isArray(value) ? value : [value]) {
			if (item !== undefined) url.searchParams.append(key, String(item));
		}
	}
	return url;
}

export function isSameOrigin(a: URL, b: URL): boolean {
	return a.origin === b.origin;
}

/** For messages: no user, no password, no query, no fragment. */
export function shownUrl(url: URL): string {
	return `${url.origin}${url.pathname === "/" ? "" : url.pathname}`;
}

function splitOnce(text: string, separator: string): [string, string?] {
	const at = text.indexOf(separator);
	return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
