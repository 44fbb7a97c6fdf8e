import type { Signal } from "@faultline/contracts";
import { type Redacted, redact } from "@faultline/platform";

/** What takes secrets out of texts of which many are the same: each distinct text is searched once. */
export function redactOnce(): (text: string) => Redacted {
	const known = new Map<string, Redacted>();
	return (text) => {
		const found = known.get(text);
		if (found !== undefined) return found;
		const redacted = redact(text);
		known.set(text, redacted);
		return redacted;
	};
}

/**
 * A record as a report may quote it. The sources' servers take secrets out themselves; a capture that others wrote has met none of them. Done before
 * anything is cut to a length: half a token is no longer known for one.
 */
export function withoutSecrets(signal: Signal, clear: (text: string) => Redacted = redact): Signal {
	const found: Partial<Signal> = {};
	let count = 0;
	const clean = <T extends object>(part: T, keys: readonly (keyof T)[]): T | undefined => {
		const changed: Partial<T> = {};
		for (const key of keys) {
			const value = part[key];
			if (typeof value !== "string") continue;
			const redacted = clear(value);
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
