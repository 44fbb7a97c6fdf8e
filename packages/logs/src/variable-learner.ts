import { hashLanes } from "./template-hash.ts";
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

/** The words that were seen in one place, and the keys that have them. */
interface Place {
	identifiers: number;
	keys: Map<string, string[]>;
}

export function createVariableLearner({ minIdentifiers, minWords, maxPlaces }: VariableLearnerOptions): VariableLearner {
	/** Most places show one word for ever: its key alone is kept for them. Two generations, so that forgetting costs nothing. */
	let young = new Map<number, Place | string[]>();
	let old = new Map<number, Place | string[]>();

	function see(name: number, at: number, key: string[]): Place | undefined {
		const known = young.get(name) ?? old.get(name);
		const word = key[at] ?? "";
		let place: Place | string[] = known ?? key;
		if (Array.isArray(place) && place[at] !== word) place = add({ identifiers: 0, keys: new Map() }, place[at] ?? "", place);
		if (!Array.isArray(place) && !place.keys.has(word) && place.keys.size < minWords) add(place, word, key);
		if (young.size >= maxPlaces / 2) {
			old = young;
			young = new Map();
		}
		young.set(name, place);
		return Array.isArray(place) ? undefined : place;
	}

	return {
		note(key) {
			const constants = key.filter(isConstant).length;
			const lanes = key.map((word, at) => hashLanes(word, at + 1));
			const sum = (lane: 0 | 1): number => lanes.reduce((total, pair) => (total + pair[lane]) >>> 0, key.length);
			const [high, low] = [sum(0), sum(1)];
			let learned: LearnedVariable | undefined;
			for (const [at, word] of key.entries()) {
				if (word === WILDCARD || constants - Number(isConstant(word)) < 1) continue;
				const [ownHigh, ownLow] = lanes[at] ?? [0, 0];
				const [openHigh, openLow] = hashLanes(WILDCARD, at + 1);
				const name = (((high - ownHigh + openHigh) >>> 0) & 0x1fffff) * 4294967296 + ((low - ownLow + openLow) >>> 0);
				const place = see(name, at, key);
				if (learned !== undefined || place === undefined) continue;
				if (place.identifiers >= minIdentifiers || place.keys.size >= minWords) {
					learned = { open: key.with(at, WILDCARD), keys: [...place.keys.values()] };
				}
			}
			return learned;
		},
	};
}

function add(place: Place, word: string, key: string[]): Place {
	place.keys.set(word, key);
	if (isIdentifier(word)) place.identifiers++;
	return place;
}

/** A word that can hold a template together: without one it would match everything of its length. */
const isConstant = (word: string): boolean => word !== WILDCARD && /\p{L}{2}/u.test(word);

const isIdentifier = (word: string): boolean => /\p{Ll}\p{Lu}|\p{L}[._$/@-]\p{L}/u.test(word);
