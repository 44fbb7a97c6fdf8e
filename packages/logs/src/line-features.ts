import type { NormalisedLine } from "./normalise.ts";

/** What a line looks like, in numbers; for detectors that know no words. */
export interface LineFeatures {
	/** Characters. */
	length: number;
	words: number;
	/** Shannon entropy of the characters, in bits per character. */
	entropy: number;
	/** Distinct words as a share of all. */
	distinctWords: number;
	/** Shares of the characters. */
	digits: number;
	upperCase: number;
	punctuation: number;
	/** Deepest nesting of brackets. */
	depth: number;
	/** Variable parts. */
	placeholders: number;
}

/** Characters that are looked at. */
const MAX_CHARS = 16_384;

export function lineFeatures(line: string, normalised: NormalisedLine): LineFeatures {
	const text = line.slice(0, MAX_CHARS);
	const words = text.split(/\s+/).filter((word) => word !== "");
	const share = (pattern: RegExp): number => (text.length === 0 ? 0 : (text.match(pattern)?.length ?? 0) / text.length);
	return {
		length: line.length,
		words: words.length,
		entropy: entropyOf(text),
		distinctWords: words.length === 0 ? 0 : new Set(words).size / words.length,
		digits: share(/\d/g),
		upperCase: share(/\p{Lu}/gu),
		punctuation: share(/\p{P}|\p{S}/gu),
		depth: depthOf(text),
		placeholders: normalised.values.length,
	};
}

/** H = -sum p log2 p over the text's UTF-16 units (Shannon 1948); 0 for an empty text. */
export function entropyOf(text: string): number {
	const counts = new Map<number, number>();
	for (let i = 0; i < text.length; i++) counts.set(text.charCodeAt(i), (counts.get(text.charCodeAt(i)) ?? 0) + 1);
	let entropy = 0;
	for (const count of counts.values()) entropy -= (count / text.length) * Math.log2(count / text.length);
	return entropy;
}

function depthOf(text: string): number {
	let depth = 0;
	let deepest = 0;
	for (const char of text) {
		if (char === "(" || char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
		else if (char === ")" || char === "]" || char === "}") depth = Math.max(0, depth - 1);
	}
	return deepest;
}

/** The numbers among a line's values in base units: durations in milliseconds, sizes in bytes, the rest as they are. */
export function numericValues({ values }: NormalisedLine): { type: string; value: number }[] {
	return values.flatMap(({ type, value }) => {
		const amount = NUMERIC_TYPES.has(type) ? amountOf(type, value) : Number.NaN;
		return Number.isFinite(amount) ? [{ type, value: amount }] : [];
	});
}

const AMOUNT = /(-?\d+(?:\.\d+)?)\s?([A-Za-zµ%]*)/;
const PARTS = /(\d+(?:\.\d+)?)\s?([A-Za-zµ]*)/g;

/** In base units; NaN where it is no amount. */
function amountOf(type: string, value: string): number {
	if (type === "duration") {
		// "1h30m" is the sum of its parts.
		let sum = 0;
		for (const [, amount, unit = ""] of value.matchAll(PARTS)) sum += Number(amount) * (DURATION_MS[unit] ?? Number.NaN);
		return value.startsWith("-") ? -sum : sum;
	}
	const [, amount, unit = ""] = AMOUNT.exec(value) ?? [];
	return Number(amount) * (type === "size" ? sizeUnit(unit) : 1);
}

const NUMERIC_TYPES = new Set(["num", "duration", "size", "value"]);

const DURATION_MS: Record<string, number> = Object.fromEntries(
	(
		[
			[1e-6, "ns"],
			[1e-3, "us", "µs"],
			[1, "ms", "msec", "msecs", "millisecond", "milliseconds"],
			[1e3, "s", "sec", "secs", "second", "seconds"],
			[60e3, "m", "min", "mins", "minute", "minutes"],
			[3600e3, "h", "hrs", "hour", "hours"],
			[86_400e3, "d"],
		] as [number, ...string[]][]
	).flatMap(([ms, ...names]) => names.map((name) => [name, ms])),
);

/** Powers of 1024, whatever the spelling: loggers do not keep to SI. */
function sizeUnit(unit: string): number {
	const power = "BKMGTP".indexOf((unit[0] ?? "B").toUpperCase());
	return power < 0 ? Number.NaN : 1024 ** power;
}
