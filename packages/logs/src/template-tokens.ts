/** Where a template varies, in its key. */
export const WILDCARD = "<*>";

/**
 * A normalised line, cut for the tree. `key[i]` is a literal word or WILDCARD; `shown[i]` what a reader sees there (typed placeholders);
 * `gaps[i]` what stands before it, and the last gap what stands after the last word.
 */
export interface Tokens {
	key: string[];
	shown: string[];
	gaps: string[];
}

/** Words end at white space and at punctuation that joins names to values or makes lists. */
const WORD = /(?:<[a-z*][a-z0-9-]*>|[^\s=:,;()[\]{}|"'<>])+|[<>]+/g;
const PLACEHOLDER = /<[a-z*][a-z0-9-]*>/;

/**
 * Cuts a normalised line into at most `maxWords` words. A word with a placeholder in it is variable as a whole; neighbouring variables
 * are one, since lists are as long as they happen to be.
 */
export function tokenise(text: string, maxWords: number): Tokens {
	const tokens: Tokens = { key: [], shown: [], gaps: [] };
	const { key, shown, gaps } = tokens;
	let from = 0;
	WORD.lastIndex = 0;
	for (let match = WORD.exec(text); match !== null; match = WORD.exec(text)) {
		const word = match[0];
		const gap = text.slice(from, match.index);
		const variable = PLACEHOLDER.test(word);
		if (variable && key.at(-1) === WILDCARD) {
			shown[shown.length - 1] += gap + word;
		} else {
			if (key.length === maxWords) {
				gaps.push(" ...");
				return tokens;
			}
			gaps.push(gap);
			key.push(variable ? WILDCARD : word);
			shown.push(word);
		}
		from = WORD.lastIndex;
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
