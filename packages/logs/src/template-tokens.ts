import { HOLE, type MaskedText } from "./normalise.ts";

/** Where a template varies, in its key. */
export const WILDCARD: string = HOLE;
/** What a reader sees where a variable was learned, or where lines differ in what kind of variable they have. */
export const ANYTHING = "<*>";

/**
 * A masked line, cut for the tree. `key[i]` is a literal word or WILDCARD; `shown[i]` what a reader sees there (typed placeholders);
 * `gaps[i]` what stands before it, and the last gap what stands after the last word.
 */
export interface Tokens {
	key: string[];
	shown: string[];
	gaps: string[];
}

/** Words end at white space and at punctuation that joins names to values or makes lists. */
const WORD = /[^\s=:,;()[\]{}|"'<>]+|[<>]+/g;

/**
 * Cuts a masked line into at most `maxWords` words. A word with a hole in it is variable as a whole; neighbouring variables are one, since
 * lists are as long as they happen to be. `bounds` takes where each word starts and ends in the masked text.
 */
export function tokenise({ text, marks }: Pick<MaskedText, "text" | "marks">, maxWords: number, bounds: number[] = []): Tokens {
	const tokens: Tokens = { key: [], shown: [], gaps: [] };
	const { key, shown, gaps } = tokens;
	let from = 0;
	let hole = 0;
	const show = (word: string): string => (word.includes(HOLE) ? word.replaceAll(HOLE, () => marks[hole++] ?? "") : word);
	WORD.lastIndex = 0;
	for (let match = WORD.exec(text); match !== null; match = WORD.exec(text)) {
		const word = match[0];
		const gap = text.slice(from, match.index);
		const variable = word.includes(HOLE);
		if (variable && key.at(-1) === WILDCARD) {
			shown[shown.length - 1] += gap + show(word);
		} else {
			if (key.length === maxWords) {
				gaps.push(" ...");
				return tokens;
			}
			gaps.push(gap);
			key.push(variable ? WILDCARD : word);
			shown.push(show(word));
			bounds.push(match.index, 0);
		}
		from = WORD.lastIndex;
		bounds[bounds.length - 1] = from;
	}
	gaps.push(text.slice(from));
	return tokens;
}

/** The text of tokens as a reader sees it. */
export function showTokens({ shown, gaps }: Tokens): string {
	let text = "";
	for (let i = 0; i < shown.length; i++) text += (gaps[i] ?? "") + (shown[i] ?? "");
	return text + (gaps[shown.length] ?? "");
}
