import { readFile } from "node:fs/promises";
import { AppError } from "@faultline/contracts";
import { Tokenizer } from "@huggingface/tokenizers";
import { LRUCache } from "lru-cache";
import type { EncoderFiles } from "./manifest.ts";

/** Texts to token ids, the special ones included, at most maxTokens each. */
export interface LineTokenizer {
	ids(text: string): number[];
	/** What fills a row up to its batch's longest; masked out. */
	padId: number;
	/** The highest id that a text can give. */
	highestId: number;
	/** Different ids that a text can give. */
	size: number;
}

/** Characters of a text that are looked at for each token that is kept; no word of a log line is longer on average. */
const CHARS_PER_TOKEN = 64;
const MEND = "use the tokenizer.json that was saved with this very model, or restore the model's folder";

/** Reads tokenizer.json and checks that it is whole. @throws BAD_INPUT where it is damaged or names tokens that it has not */
export async function readLineTokenizer(files: EncoderFiles): Promise<LineTokenizer> {
	const { definition, tokenizer } = await load(files);
	assertWhole(definition, tokenizer, files.tokenizer);
	const vocabulary = tokenizer.get_vocab();
	let highestId = -1;
	for (const id of vocabulary.values()) highestId = Math.max(highestId, id);
	assertFits(highestId, vocabulary.size, files);
	return {
		ids: cutter(tokenizer, files.maxTokens),
		padId: padIdOf(definition, tokenizer, files.tokenizerConfig),
		highestId,
		size: vocabulary.size,
	};
}

/** The parts of tokenizer.json that are read here. */
interface Definition {
	model?: { type?: string; vocab?: unknown; unk_token?: unknown; fuse_unk?: unknown };
	padding?: { pad_id?: unknown } | null;
	post_processor?: unknown;
}

async function load({ tokenizer: path, tokenizerConfig }: EncoderFiles): Promise<{ definition: Definition; tokenizer: Tokenizer }> {
	try {
		const definition = JSON.parse(await readFile(path, "utf8")) as Definition;
		const tokenizer = new Tokenizer(definition, tokenizerConfig);
		if (WORD_BY_WORD.has(definition.model?.type ?? "") && definition.model?.fuse_unk !== true) rememberWords(tokenizer);
		return { definition, tokenizer };
	} catch (cause) {
		throw new AppError("BAD_INPUT", `${path} is damaged or of a kind that cannot be read`, { cause, hint: MEND });
	}
}

/** Models that cut each word by itself. */
const WORD_BY_WORD = new Set(["WordPiece", "BPE", "WordLevel"]);
const REMEMBERED = 50_000;

/** Words come again and again in logs: the pieces of each are found once. Halves the cost of a line. */
function rememberWords(tokenizer: Tokenizer): void {
	const { model } = tokenizer;
	if (model === null) return;
	const cut = model as unknown as (words: string[]) => string[];
	const known = new LRUCache<string, string[]>({ max: REMEMBERED });
	const remembering = (words: string[]): string[] => {
		const pieces: string[] = [];
		for (const word of words) {
			let own = known.get(word);
			if (own === undefined) {
				own = cut([word]);
				known.set(word, own);
			}
			for (const piece of own) pieces.push(piece);
		}
		return pieces;
	};
	// It is called, and asked for its vocabulary: the latter is the model's own.
	tokenizer.model = Object.setPrototypeOf(remembering, model) as typeof model;
}

/** Every special token that the tokenizer puts into a text, or falls back to, is in its vocabulary under the id that it is put in with. */
function assertWhole({ model, post_processor }: Definition, tokenizer: Tokenizer, path: string): void {
	const missing = (token: string, why: string) =>
		new AppError("BAD_INPUT", `${path} does not hold together: ${why} "${token.slice(0, 40)}" is not in its vocabulary`, { hint: MEND });
	const unknown = model?.unk_token;
	if (typeof unknown === "string" && tokenizer.token_to_id(unknown) === undefined) throw missing(unknown, "the token of unknown words");
	if (model?.type === "WordPiece" && typeof unknown !== "string") throw missing("[UNK]", "the token of unknown words");
	for (const { token, id } of placed(post_processor))
		if (tokenizer.token_to_id(token) !== id) throw missing(token, `the special token ${id}`);
}

/** Special tokens and their ids, as each kind of post-processor writes them. */
function placed(processor: unknown): { token: string; id: number }[] {
	if (typeof processor !== "object" || processor === null) return [];
	const { type, processors, special_tokens: special, sep, cls } = processor as Record<string, unknown>;
	if (type === "Sequence" && Array.isArray(processors)) return processors.flatMap(placed);
	const pairs = [sep, cls].filter((pair): pair is [string, number] => Array.isArray(pair) && typeof pair[0] === "string");
	const named = Object.values((special ?? {}) as Record<string, { ids?: number[]; tokens?: string[] }>);
	return [
		...pairs.map(([token, id]) => ({ token, id })),
		...named.flatMap(({ ids = [], tokens = [] }) => tokens.map((token, i) => ({ token, id: ids[i] ?? -1 }))),
	];
}

/** A vocabulary of another size than the embedding that config.json declares is another model's; exporters round the embedding up a little. */
function assertFits(highestId: number, size: number, { vocabularySize, tokenizer }: EncoderFiles): void {
	if (vocabularySize === undefined) return;
	const little = Math.max(256, Math.ceil(vocabularySize * 0.02));
	if (highestId < vocabularySize && vocabularySize - size <= little) return;
	throw new AppError("BAD_INPUT", `${tokenizer} does not match its model: ${size} tokens, and config.json says ${vocabularySize}`, {
		hint: MEND,
	});
}

function padIdOf({ padding }: Definition, tokenizer: Tokenizer, config: Record<string, unknown>): number {
	if (typeof padding?.pad_id === "number") return padding.pad_id;
	const named = config.pad_token;
	const token = typeof named === "string" ? named : "[PAD]";
	return tokenizer.token_to_id(token) ?? tokenizer.token_to_id("<pad>") ?? 0;
}

/** Cuts the middle, so that the special tokens at the end stay: what Hugging Face's truncation does. */
function cutter(tokenizer: Tokenizer, maxTokens: number): (text: string) => number[] {
	const bare = tokenizer.encode("a", { add_special_tokens: false }).ids.length;
	const whole = tokenizer.encode("a").ids;
	const first = tokenizer.encode("a", { add_special_tokens: false }).ids[0];
	const before = Math.max(0, bare === 0 || first === undefined ? 0 : whole.indexOf(first));
	const after = Math.max(0, whole.length - before - bare);
	const longest = maxTokens * CHARS_PER_TOKEN;
	return (text) => {
		const { ids } = tokenizer.encode(text.length > longest ? text.slice(0, longest) : text);
		if (ids.length <= maxTokens) return ids;
		return after === 0 ? ids.slice(0, maxTokens) : [...ids.slice(0, maxTokens - after), ...ids.slice(ids.length - after)];
	};
}
