import { createTemplateTree, fillTemplate, MAX_LINE_CHARS, normalise, type PlaceholderRule, type TemplateTree } from "@faultline/logs";
import { createFeatures, type FeaturesOfLine } from "./features.ts";
import { pausesIn } from "./pauses-in.ts";
import type { InputLine } from "./read-lines.ts";

export interface GroupedLine {
	line: string;
	templateId: string;
	template: string;
	/** With `params`: what stands at the template's placeholders, in order: put there, they give the line. */
	values?: string[];
	/** Instead of `values`, where the line's spacing is another than the template's: the line in pieces, of which every second is a value. */
	pieces?: string[];
	/** With `features`. */
	features?: FeaturesOfLine;
	/** Only where the beginning of the line alone decided. */
	truncated?: true;
}

export interface GroupOptions {
	/** The tree to go on with; a new one where left out. */
	tree?: TemplateTree;
	/** The tree's rules, for lines whose template it had to forget. */
	rules?: readonly PlaceholderRule[];
	/** Gives the values, too. */
	params?: boolean;
	/** Gives each line in numbers, too. */
	features?: boolean;
	/** Lines that are learned from before the first is answered. */
	maxBatchLines?: number;
	/** Characters of those lines. */
	maxBatchChars?: number;
	/** Milliseconds without a line after which what there is is answered: a log that is followed pauses, and never ends. */
	pauseMs?: number;
	/** Told after each batch, and every thousand lines of one. */
	onProgress?: (progress: { lines: number; templates: number }) => void;
}

const PROGRESS_LINES = 1_000;

/**
 * The template of each line, in order. Lines are learned a batch at a time and answered when the batch is complete, so that what a later line
 * teaches holds for the earlier ones; an id that has been answered never changes. Memory is one batch and the tree, whatever the input's size.
 */
export async function* groupLines(lines: AsyncIterable<InputLine>, options: GroupOptions = {}): AsyncGenerator<GroupedLine> {
	const { maxBatchLines = 100_000, maxBatchChars = 32 * 1024 * 1024, pauseMs = 1_000, onProgress } = options;
	const tree = options.tree ?? createTemplateTree();
	const featuresOf = options.features === true ? createFeatures(options.rules) : undefined;
	let batch: { line: InputLine; templateId: string }[] = [];
	let chars = 0;
	let count = 0;
	const tell = (): void => onProgress?.({ lines: count, templates: tree.size });
	function* answer(): Generator<GroupedLine> {
		tree.pin();
		for (const { line, templateId } of batch) {
			const row = rowOf(line, templateId, tree, options);
			yield featuresOf === undefined ? row : { ...row, features: featuresOf(line.text) };
		}
		batch = [];
		chars = 0;
		tell();
	}
	for await (const line of pausesIn(lines, pauseMs)) {
		if (line === undefined) {
			yield* answer();
			continue;
		}
		batch.push({ line, templateId: tree.add(line.text).templateId });
		chars += line.text.length;
		if (++count % PROGRESS_LINES === 0) tell();
		if (batch.length >= maxBatchLines || chars >= maxBatchChars) yield* answer();
	}
	yield* answer();
}

function rowOf(line: InputLine, templateId: string, tree: TemplateTree, { params, rules }: GroupOptions): GroupedLine {
	const template = tree.template(templateId);
	const cut = line.truncated || line.text.length > MAX_LINE_CHARS;
	// A batch of more templates than the tree keeps has lost some: those are their own text.
	const text = template?.text ?? normalise(line.text, rules).text;
	return {
		line: line.text,
		templateId: template?.id ?? templateId,
		template: text,
		...(params === true && valuesIn(line.text, text, template === undefined ? undefined : tree, rules)),
		...(cut && { truncated: true as const }),
	};
}

function valuesIn(
	line: string,
	text: string,
	tree: TemplateTree | undefined,
	rules: readonly PlaceholderRule[] | undefined,
): Pick<GroupedLine, "values" | "pieces"> {
	const values = tree === undefined ? normalise(line, rules).values.map(({ value }) => value) : tree.placeholderValues(line);
	if (values !== undefined && fillTemplate(text, values) === line) return { values };
	return { pieces: tree?.pieces(line) ?? [line] };
}
