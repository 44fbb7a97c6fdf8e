import { createTemplateTree, MAX_LINE_CHARS, normalise } from "@faultline/logs";
import type { InputLine } from "./read-lines.ts";

export interface GroupedLine {
	line: string;
	templateId: string;
	template: string;
	/** Only where the beginning of the line alone decided. */
	truncated?: true;
}

export interface GroupOptions {
	/** Lines that are learned from before the first is answered. */
	maxBatchLines?: number;
	/** Characters of those lines. */
	maxBatchChars?: number;
}

/**
 * The template of each line, in order. Lines are learned a batch at a time and answered when the batch is complete, so that what a later line
 * teaches holds for the earlier ones; an id that has been answered never changes. Memory is one batch and the tree, whatever the input's size.
 */
export async function* groupLines(lines: AsyncIterable<InputLine>, options: GroupOptions = {}): AsyncGenerator<GroupedLine> {
	const { maxBatchLines = 100_000, maxBatchChars = 32 * 1024 * 1024 } = options;
	const tree = createTemplateTree();
	let batch: { line: InputLine; templateId: string }[] = [];
	let chars = 0;
	function* answer(): Generator<GroupedLine> {
		tree.pin();
		for (const { line, templateId } of batch) {
			const template = tree.template(templateId);
			const cut = line.truncated || line.text.length > MAX_LINE_CHARS;
			yield {
				line: line.text,
				// A batch of more templates than the tree keeps has lost some: those are their own text.
				templateId: template?.id ?? templateId,
				template: template?.text ?? normalise(line.text).text,
				...(cut && { truncated: true as const }),
			};
		}
		batch = [];
		chars = 0;
	}
	for await (const line of lines) {
		batch.push({ line, templateId: tree.add(line.text).templateId });
		chars += line.text.length;
		if (batch.length >= maxBatchLines || chars >= maxBatchChars) yield* answer();
	}
	yield* answer();
}
