const LOOPBACK = ["localhost", "127.0.0.1", "[::1]", "::1"];

export interface OriginRules {
	/** Host names (without port) under which this server is reached. */
	allowedHosts: readonly string[];
	/** Whole origins ("https://team.example") of pages that may call, besides pages of the allowed hosts. */
	allowedOrigins: readonly string[];
}

/** The names under which a server bound to `host` may be reached when nothing else is configured. */
export function defaultHosts(host: string): readonly string[] {
	return LOOPBACK.includes(host) || host === "0.0.0.0" || host === "::" ? LOOPBACK : [...LOOPBACK, host.toLowerCase()];
}

/**
 * Why a request must be refused, or undefined. A page in a browser can make its own name resolve to a private address (DNS rebinding)
 * and then call servers there: its Host and Origin headers give it away.
 */
export function refuseOrigin(headers: { host?: string | undefined; origin?: string | undefined }, rules: OriginRules): string | undefined {
	const host = hostName(`http://${headers.host ?? ""}`);
	if (host === undefined || !rules.allowedHosts.includes(host)) return "this Host is not allowed";
	if (headers.origin === undefined) return undefined;
	if (rules.allowedOrigins.includes(headers.origin)) return undefined;
	const origin = hostName(headers.origin);
	return origin !== undefined && rules.allowedHosts.includes(origin) ? undefined : "this Origin is not allowed";
}

function hostName(url: string): string | undefined {
	return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
}
