import { cutPrivateKeys, EMAIL_RULE, SECRET_KEY_NAME, SECRET_RULES } from "./rules.ts";

export interface Redacted {
	text: string;
	/** How many secrets and personal data were replaced. */
	count: number;
}

export interface RedactOptions {
	/** Longer texts are cut to this many characters first, and say so. Default 1,048,576. */
	maxLength?: number;
}

/**
 * Replaces credentials and personal data with "[redacted:kind]": bearer tokens, cloud and vendor keys, private keys, JWTs, passwords in
 * URLs, connection strings and key=value pairs, e-mail addresses, payment card numbers (checked by Luhn's formula).
 *
 * Time is linear in the length: each pattern begins with a literal or at a word border and every repeat in it is bounded, and what is
 * longer than `maxLength` is cut before it is searched, so a hostile line cannot stall its reader.
 */
export function redact(input: string, options: RedactOptions = {}): Redacted {
	const maxLength = options.maxLength ?? 1024 * 1024;
	const cut = input.length - maxLength;
	let text = cut > 0 ? input.slice(0, maxLength) : input;
	let count = 0;
	if (text.length >= 4) {
		const keys = cutPrivateKeys(text);
		text = keys.text;
		count += keys.count;
		for (const rule of [...SECRET_RULES, EMAIL_RULE]) {
			if (rule.needs !== undefined && !rule.needs.some((literal) => text.includes(literal))) continue;
			text = text.replace(rule.pattern, (match: string, ...groups: unknown[]) => {
				const replaced = rule.replace(
					match,
					groups.filter((group): group is string => typeof group === "string"),
				);
				if (replaced !== match) count += 1;
				return replaced;
			});
		}
	}
	return { text: cut > 0 ? `${text}... [${cut} characters cut]` : text, count };
}

const MAX_DEPTH = 24;

/** Redacts every string of a JSON-like value, keys included where they name a secret; depth is bounded. */
export function redactDeep<T>(value: T, options: RedactOptions = {}): { value: T; count: number } {
	let count = 0;
	const visit = (item: unknown, key: string, depth: number): unknown => {
		if (typeof item === "string") {
			if (item !== "" && SECRET_KEY_NAME.test(key)) {
				count += 1;
				return "[redacted:secret]";
			}
			const redacted = redact(item, options);
			count += redacted.count;
			return redacted.text;
		}
		if (typeof item !== "object" || item === null) return item;
		if (depth >= MAX_DEPTH) return "[cut: nested too deep]";
		if (Array.isArray(item)) return item.map((element) => visit(element, key, depth + 1));
		return Object.fromEntries(Object.entries(item).map(([name, inner]) => [name, visit(inner, name, depth + 1)]));
	};
	return { value: visit(value, "", 0) as T, count };
}
