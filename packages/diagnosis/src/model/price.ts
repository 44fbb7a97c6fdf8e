/** What a model charges, in US dollars per million tokens, and whether it takes an effort setting. */
export interface ModelPrice {
	input: number;
	output: number;
	cacheWrite: number;
	cacheRead: number;
	/** Accepts `output_config.effort`; others answer 400 to it. */
	effort: boolean;
}

/** Published list prices of platform.claude.com (models overview, October 2026), by the beginning of the model's name. */
const PRICES: readonly (readonly [prefix: string, price: ModelPrice])[] = [
	["claude-sonnet-5", { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.2, effort: true }],
	["claude-opus-5-5", { input: 4, output: 20, cacheWrite: 5, cacheRead: 0.4, effort: true }],
	["claude-opus-5", { input: 5, output: 25, cacheWrite: 6.25, cacheRead: 0.5, effort: true }],
	["claude-fable-5", { input: 10, output: 50, cacheWrite: 12.5, cacheRead: 1, effort: true }],
	// The rate up to 100,000 tokens of prompt; the packed context stays far below that.
	["claude-haiku-5-5", { input: 0.1, output: 0.5, cacheWrite: 0.125, cacheRead: 0.01, effort: true }],
	["claude-haiku-4-5", { input: 1, output: 5, cacheWrite: 1.25, cacheRead: 0.1, effort: false }],
];

/** A model that is not in the list is counted at the dearest known rate, so that a budget is never overrun unseen. */
const UNKNOWN: ModelPrice = { input: 10, output: 50, cacheWrite: 12.5, cacheRead: 1, effort: false };

export function priceOf(model: string): ModelPrice {
	return PRICES.find(([prefix]) => model === prefix || model.startsWith(`${prefix}-`))?.[1] ?? UNKNOWN;
}

/** Token counts as the Messages API reports them: `input` excludes what was written to or read from the prompt cache. */
export interface TokenUse {
	input: number;
	output: number;
	cacheWrite: number;
	cacheRead: number;
}

/** The cost of one reply in US dollars. */
export function costOf(price: ModelPrice, use: TokenUse): number {
	return (use.input * price.input + use.output * price.output + use.cacheWrite * price.cacheWrite + use.cacheRead * price.cacheRead) / 1e6;
}

/** Tokens in a text, from above: 3 characters a token, where English prose has about 4 and JSON about 3. */
export function estimateTokens(text: string): number {
	return Math.ceil(text.length / 3);
}
