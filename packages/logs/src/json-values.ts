/** A value of a JSON object, by the names that lead to it ("outer.inner"): where it is, a text without its quotes. A list is one value. */
export interface JsonValue {
	name: string;
	start: number;
	end: number;
	/** 1 for the object's own, 2 for those of objects in it... */
	depth: number;
	isText: boolean;
}

const MAX_DEPTH = 16;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const PLAIN = /-?\d[\d.eE+-]*|true|false|null/y;
const SPACE = /\s*/y;

/** The values of a JSON object, in order; undefined for any other text. Linear in its length. */
export function jsonValues(text: string): JsonValue[] | undefined {
	let at = skip(0);
	const values: JsonValue[] = [];

	function skip(from: number): number {
		if (text.charCodeAt(from) > 32) return from;
		SPACE.lastIndex = from;
		SPACE.test(text);
		return SPACE.lastIndex;
	}
	const take = (pattern: RegExp): boolean => {
		pattern.lastIndex = at;
		if (!pattern.test(text)) return false;
		at = pattern.lastIndex;
		return true;
	};
	const eat = (character: string): boolean => {
		at = skip(at);
		if (text[at] !== character) return false;
		at = skip(at + 1);
		return true;
	};

	/** Of an object: `prefix` leads to it. Nothing is kept of lists, which have no names: depth 0. */
	function object(prefix: string, depth: number): boolean {
		if (depth > MAX_DEPTH || !eat("{")) return false;
		if (text[at] === "}") return eat("}");
		do {
			const from = at;
			if (!take(STRING)) return false;
			const name = prefix + text.slice(from + 1, at - 1);
			if (!eat(":") || !value(name, depth)) return false;
		} while (eat(","));
		return eat("}");
	}

	function list(depth: number): boolean {
		if (depth > MAX_DEPTH || !eat("[")) return false;
		if (text[at] === "]") return eat("]");
		do if (!value(undefined, depth)) return false;
		while (eat(","));
		return eat("]");
	}

	function value(name: string | undefined, depth: number): boolean {
		const start = at;
		const first = text[at];
		if (first === "{") return inside(name, depth);
		const isText = first === '"';
		if (!(first === "[" ? list(depth + 1) : take(isText ? STRING : PLAIN))) return false;
		if (name === undefined) return true;
		const end = first === "[" ? text.lastIndexOf("]", at - 1) + 1 : at;
		values.push({ name, start: start + Number(isText), end: end - Number(isText), depth, isText });
		return true;
	}

	function inside(name: string | undefined, depth: number): boolean {
		const known = values.length;
		const whole = object(name === undefined ? "" : `${name}.`, depth + 1);
		// What is in a list is part of the list.
		if (name === undefined) values.length = known;
		return whole;
	}

	return object("", 1) && at === text.length ? values : undefined;
}
