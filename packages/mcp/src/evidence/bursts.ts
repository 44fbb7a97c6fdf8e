/** What a line has in common with others of its kind: what varies (times, ids, addresses, numbers, quoted words) becomes `<*>`. Linear in its length. */
export function lineTemplate(text: string): string {
	return text
		.slice(0, 400)
		.replace(/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}[\d.,:+Z-]*/g, "<*>")
		.replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<*>")
		.replace(/"[^"]{0,200}"|'[^']{0,200}'/g, "<*>")
		.replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{6,64}\b/gi, "<*>")
		.replace(/[+-]?\d+(?:[.,:]\d+)*/g, "<*>")
		.replace(/(?:<\*>[\s.,:/-]?){2,}/g, "<*> ")
		.replace(/\s+/g, " ")
		.trim()
		.slice(0, 200);
}
