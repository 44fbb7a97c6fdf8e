import type { Signal } from "@faultline/contracts";
import { redact } from "@faultline/platform";

/**
 * A record as a report may quote it. The sources' servers take secrets out themselves; a capture that others wrote has met none of them. Done before
 * anything is cut to a length: half a token is no longer known for one.
 */
export function withoutSecrets(signal: Signal): Signal {
	const found: Partial<Signal> = {};
	let count = 0;
	const clean = <T extends object>(part: T, keys: readonly (keyof T)[]): T | undefined => {
		const changed: Partial<T> = {};
		for (const key of keys) {
			const value = part[key];
			if (typeof value !== "string") continue;
			const redacted = redact(value);
			if (redacted.count === 0) continue;
			count += redacted.count;
			changed[key] = redacted.text as T[keyof T] & string;
		}
		return Object.keys(changed).length === 0 ? undefined : { ...part, ...changed };
	};
	const whole = clean(signal, ["body"]);
	if (whole !== undefined) found.body = whole.body;
	const span = signal.span && clean(signal.span, ["name"]);
	if (span !== undefined) found.span = span;
	const change = signal.change && clean(signal.change, ["title", "diff"]);
	if (change !== undefined) found.change = change;
	const alert = signal.alert && clean(signal.alert, ["name", "summary", "description"]);
	if (alert !== undefined) found.alert = alert;
	return count === 0 ? signal : { ...signal, ...found, redactions: signal.redactions + count };
}
