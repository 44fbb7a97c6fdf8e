import type { EvidenceSet } from "@faultline/contracts";
import type { TemplateView } from "@faultline/correlation";
import { createTemplateTree, headlineOf, type PlaceholderRule, parseBody, traceHeading } from "@faultline/logs";

/** Characters of a line that decide its template: longer lines differ only in their data. */
const LINE_CHARS = 400;

/** What of a record decides its template: of a stack trace what it says, of a text its beginning; JSON and logfmt lines as a whole, cut they are none. */
export function groupedBy(body: string): string {
	const text = traceHeading(body) ?? body;
	return text.length > LINE_CHARS && parseBody(text).format === "text" ? text.slice(0, LINE_CHARS) : text;
}

/** Groups log lines and errors into templates, a stack trace by what it says and not by its frames. */
export function groupTemplates(
	evidence: EvidenceSet,
	rules?: readonly PlaceholderRule[],
): TemplateView & { templates(): { id: string; text: string; count: number }[] } {
	const tree = createTemplateTree(rules === undefined ? {} : { rules });
	const of = new Map<string, string>();
	for (const signal of evidence.signals) {
		if (signal.kind !== "log" && signal.kind !== "error") continue;
		of.set(signal.id, tree.add(groupedBy(signal.body)).templateId);
	}
	return {
		of: (id) => {
			const template = of.get(id);
			return template === undefined ? undefined : tree.resolve(template);
		},
		text: (id) => tree.template(id)?.text,
		headline: headlineOf,
		templates: () => tree.templates(),
	};
}
