/**
 * An upper estimate of how many tokens a model reads in a text. Byte-pair vocabularies take about four characters of English prose
 * a token, about three of JSON, ids and log text, and up to two tokens a character outside ASCII; this counts one per 2.6 ASCII
 * characters and 1.5 per other character, so that the real figure stays below it.
 */
export function estimateTokens(text: string): number {
	let ascii = 0;
	let other = 0;
	for (let i = 0; i < text.length; i++) text.charCodeAt(i) < 128 ? ascii++ : other++;
	return Math.ceil(ascii / 2.6 + other * 1.5);
}
