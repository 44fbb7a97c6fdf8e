import { hashNumber } from "./template-hash.ts";
import { WILDCARD } from "./template-tokens.ts";

export interface VariableLearnerOptions {
	/** Different identifiers (names with inner capitals, dots, dashes...) at one place that make it a variable. */
	minIdentifiers: number;
	/** Different words of any kind at one place that make it a variable. */
	minWords: number;
	/** Places that are watched at once; the oldest are forgotten beyond it. */
	maxPlaces: number;
}

/** A place that turned out to be variable, and the keys that differ there and nowhere else. */
export interface LearnedVariable {
	open: string[];
	keys: string[][];
}

/** Finds templates that are one but for a word: watches, for each template and each of its words, what else was seen in that word's place. */
export interface VariableLearner {
	/** Tells of a new template; answers with a place of it that is variable by now. */
	note(key: string[]): LearnedVariable | undefined;
}

interface Place {
	identifiers: number;
	keys: Map<string, string[]>;
}

export function createVariableLearner({ minIdentifiers, minWords, maxPlaces }: VariableLearnerOptions): VariableLearner {
	const places = new Map<number, Place>();

	function placeOf(name: number): Place {
		const known = places.get(name);
		if (known !== undefined) return known;
		for (const oldest of places.size >= maxPlaces ? places.keys() : []) {
			places.delete(oldest);
			break;
		}
		const place: Place = { identifiers: 0, keys: new Map() };
		places.set(name, place);
		return place;
	}

	return {
		note(key) {
			let learned: LearnedVariable | undefined;
			for (const [at, word] of key.entries()) {
				if (word === WILDCARD) continue;
				const open = key.with(at, WILDCARD);
				if (!hasConstantWord(open)) continue;
				const place = placeOf(hashNumber(open.join(" ")));
				if (!place.keys.has(word) && place.keys.size < minWords) {
					place.keys.set(word, key);
					if (isIdentifier(word)) place.identifiers++;
				}
				if (learned === undefined && (place.identifiers >= minIdentifiers || place.keys.size >= minWords)) {
					learned = { open, keys: [...place.keys.values()] };
				}
			}
			return learned;
		},
	};
}

/** Without a constant word a template would match everything of its length. */
const hasConstantWord = (key: readonly string[]): boolean => key.filter((word) => word !== WILDCARD && /\p{L}{2}/u.test(word)).length >= 2;

const isIdentifier = (word: string): boolean => /\p{Ll}\p{Lu}|\p{L}[._$/@-]\p{L}/u.test(word);
