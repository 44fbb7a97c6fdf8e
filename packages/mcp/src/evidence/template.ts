/** Characters of a text that tell its kind; what follows is data more often than not. */
const LENGTH = 400;
const TEMPLATE = 200;

/** Parts of a line that change from one occurrence to the next, widest first. Every repeat is bounded: a hostile line costs its length. */
const VARIABLE: ReadonlyArray<[RegExp, string]> = [
	[/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?/g, "<time>"],
	[/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
	[/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, "<address>"],
	[/"[^"]{0,200}"|'[^']{0,200}'/g, "<text>"],
	[/\b(?=[a-z]{0,40}\d)(?:0x)?[0-9a-f]{7,64}\b/gi, "<id>"],
	[/\w{0,20}\d[\w.]{0,40}/g, "<n>"],
];

/** A line without what changes in it: lines of one kind have one template. Quick and plain; the pipeline mines its own. */
export function templateOf(text: string): string {
	let line = (text.split("\n", 1)[0] ?? "").slice(0, LENGTH);
	for (const [pattern, mark] of VARIABLE) line = line.replace(pattern, mark);
	return line.replace(/\s+/g, " ").trim().slice(0, TEMPLATE) || "<empty>";
}
