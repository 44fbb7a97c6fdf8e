import type { Encoder } from "@faultline/contracts";
import { createNormaliser, type PlaceholderRule } from "@faultline/logs";
import type { InputLine } from "./read-lines.ts";

/** Lines that are encoded together: enough for every thread to have batches of like length. */
const CHUNK = 2_048;

export interface EmbedOptions {
	/** Lines are given as they are, whatever the encoder was trained on; default as its manifest says. */
	raw?: boolean;
	/** What varies in a line; the default rules without. */
	rules?: readonly PlaceholderRule[];
	signal?: AbortSignal;
}

/** One vector of unit length per line, in order. What varies in a line is replaced first, unless the encoder was trained on raw lines; equal texts are encoded once. */
export async function* embedLines(
	lines: AsyncIterable<InputLine>,
	encoder: Encoder,
	{ raw = encoder.input === "raw", rules, signal }: EmbedOptions = {},
): AsyncGenerator<Float32Array> {
	const normalise = createNormaliser(rules);
	let chunk: string[] = [];
	for await (const { text } of lines) {
		chunk.push(raw ? text : normalise(text).text);
		if (chunk.length < CHUNK) continue;
		yield* await encodeDistinct(chunk, encoder, signal);
		chunk = [];
	}
	yield* await encodeDistinct(chunk, encoder, signal);
}

async function encodeDistinct(texts: readonly string[], encoder: Encoder, signal?: AbortSignal): Promise<Float32Array[]> {
	const distinct = [...new Set(texts)];
	const vectors = await encoder.encode(distinct, signal);
	const of = new Map(distinct.map((text, i) => [text, vectors[i] as Float32Array]));
	return texts.map((text) => of.get(text) as Float32Array);
}
