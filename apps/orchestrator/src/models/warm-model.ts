import { createTemplateTree, type PlaceholderRule } from "@faultline/logs";
import { groupedBy } from "../analyze/templates.ts";
import type { InputLine } from "../logs/read-lines.ts";
import { type EncoderChoice, openEncoder } from "./open-encoder.ts";

export interface Warmed {
	encoder: string;
	lines: number;
	templates: number;
	/** Templates whose vectors were not kept yet. */
	computed: number;
	/** Why they could not be kept. */
	storeProblem?: string;
}

export interface WarmOptions {
	/** What varies in a line, as in the analyses to come; the default rules without. */
	rules?: readonly PlaceholderRule[];
	signal?: AbortSignal;
	onProgress?: (done: number, of: number) => void;
}

/** Templates that are encoded together, so that it can be cancelled and seen to go on. */
const CHUNK = 512;

/** Computes and keeps the vectors of a corpus' templates, so that the first analysis need not. */
export async function warmModel(
	choice: EncoderChoice,
	lines: AsyncIterable<InputLine>,
	{ rules, signal, onProgress }: WarmOptions = {},
): Promise<Warmed> {
	const tree = createTemplateTree(rules === undefined ? {} : { rules });
	let read = 0;
	for await (const { text } of lines) {
		signal?.throwIfAborted();
		tree.add(groupedBy(text));
		read++;
	}
	const texts = tree.templates().map((t) => t.text);
	const encoder = await openEncoder(choice);
	try {
		for (let from = 0; from < texts.length; from += CHUNK) {
			onProgress?.(from, texts.length);
			await encoder.encode(texts.slice(from, from + CHUNK), signal);
		}
		const counts = encoder.counts?.();
		return {
			encoder: encoder.name,
			lines: read,
			templates: texts.length,
			computed: counts?.misses ?? 0,
			...(counts?.storeProblem !== undefined && { storeProblem: counts.storeProblem }),
		};
	} finally {
		await encoder.close?.();
	}
}
