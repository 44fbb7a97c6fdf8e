/** The JSON object in a reply, with or without a code fence or words around it; undefined where there is none. */
export function jsonObjectIn(text: string): Record<string, unknown> | undefined {
	const from = text.indexOf("{");
	const to = text.lastIndexOf("}");
	if (from < 0 || to <= from) return undefined;
	try {
		const value: unknown = JSON.parse(text.slice(from, to + 1));
		return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}
