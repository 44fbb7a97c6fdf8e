/** Characters of a line that tell its kind; what follows is data more often than not. */
const READ = 400;
const SHOWN = 200;

/** Parts of a line that change from one occurrence to the next, widest first. Every repeat is bounded: a hostile line costs its length. */
const VARIABLE: readonly RegExp[] = [
	/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}[\d.,:+Z-]*/g,
	/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
	/"[^"]{0,200}"|'[^']{0,200}'/g,
	/(?<![a-z\d])[+-]\d+(?:[.,:]\d+)*\b/gi,
	/\b(?=[0-9a-f]*\d)[0-9a-f]{6,64}\b/gi,
	/[+-]?\d+(?:[.,:]\d+)*/g,
];

/**
 * What a text's first line has in common with others of its kind: what varies (times, ids, addresses, numbers, quoted words) becomes `<*>`.
 * Quick and plain; the incident pipeline mines templates of its own.
 */
export function lineTemplate(text: string): string {
	let line = (text.split("\n", 1)[0] ?? "").slice(0, READ);
	for (const pattern of VARIABLE) line = line.replace(pattern, "<*>");
	line = line.replace(/(?:<\*>[\s.,:/-]?){2,}/g, "<*> ").replace(/\s+/g, " ");
	return line.trim().slice(0, SHOWN) || "<empty>";
}
