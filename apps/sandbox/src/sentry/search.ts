type Columns = (field: string) => unknown;

/** A Sentry search as far as the sandbox knows it: "key:value", "!key:value", quoted values, "*" in values, and words of the message. */
export function searchOf(query: string, textField: string): (columns: Columns) => boolean {
	const terms = [...query.matchAll(/(!?)(?:([\w.]+):)?("(?:[^"\\]|\\.)*"|\S+)/g)].map(([, not, key, raw = ""]) => ({
		not: not === "!",
		key,
		value: raw.replace(/^"|"$/g, ""),
	}));
	return (columns) => terms.every(({ not, key, value }) => matches(columns(key ?? textField), value, key === undefined) !== not);
}

function matches(found: unknown, value: string, part: boolean): boolean {
	const text = String(found ?? "").toLowerCase();
	const wanted = value.toLowerCase();
	if (part) return text.includes(wanted);
	if (!wanted.includes("*")) return text === wanted;
	const parts = wanted.split("*");
	let at = 0;
	return parts.every((p, i) => {
		const found = text.indexOf(p, at);
		if (found < 0 || (i === 0 && found !== 0)) return false;
		at = found + p.length;
		return i < parts.length - 1 || p === "" || text.endsWith(p);
	});
}
