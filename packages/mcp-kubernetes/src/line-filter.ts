/**
 * A filter for log lines: `|` separates alternatives, `*` stands for anything, upper and lower case are the same. It is not a
 * regular expression on purpose: this one takes time linear in the line, whatever the pattern.
 */
export function lineFilter(pattern: string): (line: string) => boolean {
	const alternatives = pattern
		.toLowerCase()
		.split("|")
		.map((a) => a.split("*").filter((part) => part !== ""))
		.filter((parts) => parts.length > 0);
	if (alternatives.length === 0) return () => true;
	return (line) => {
		const text = line.toLowerCase();
		return alternatives.some((parts) => inOrder(text, parts));
	};
}

function inOrder(text: string, parts: readonly string[]): boolean {
	let from = 0;
	for (const part of parts) {
		const at = text.indexOf(part, from);
		if (at < 0) return false;
		from = at + part.length;
	}
	return true;
}
