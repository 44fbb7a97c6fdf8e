import type { Mask, MaskedText } from "./normalise.ts";

/** Masked chunks by their shapes. A form is a chunk's masked text; forms are numbered, and equal forms have one number. */
export interface FormTable {
	/** The form of `line.slice(from, to)`, whose shape is the first `width` codes, with their hash. */
	formOf(line: string, from: number, to: number, codes: Int32Array, width: number, hash: number): number;
	/** The forms of a line as one masked text. */
	join(forms: Int32Array): Pick<MaskedText, "text" | "marks">;
	/** Starts anew where there are too many forms; true where it did, and the numbers given so far mean nothing any more. */
	renew(): boolean;
}

interface Chunk {
	hash: number;
	codes: Int32Array;
	form: number;
}

/** Shapes that are remembered: a power of two. */
const PLACES = 32_768;
const MAX_FORMS = 32_768;

export function createFormTable(mask: Mask): FormTable {
	let places: (Chunk | undefined)[] = new Array(PLACES).fill(undefined);
	let numbers = new Map<string, number>();
	let forms: MaskedText[] = [];

	function numberOf(chunk: string): number {
		const masked = mask(chunk);
		const name = masked.text + masked.marks.join("");
		const known = numbers.get(name);
		if (known !== undefined) return known;
		numbers.set(name, forms.length);
		return forms.push(masked) - 1;
	}

	return {
		formOf(line, from, to, codes, width, hash) {
			const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
			const first = places[place];
			if (first !== undefined && isSame(first, codes, width, hash)) return first.form;
			const second = places[place ^ 1];
			if (second !== undefined && isSame(second, codes, width, hash)) return second.form;
			const form = numberOf(line.slice(from, to));
			places[place ^ 1] = first;
			places[place] = { hash, codes: codes.slice(0, width), form };
			return form;
		},
		join(line) {
			let text = "";
			const marks: string[] = [];
			for (const number of line) {
				const form = forms[number] as MaskedText;
				text += form.text;
				if (form.marks.length > 0) marks.push(...form.marks);
			}
			return { text, marks };
		},
		renew() {
			if (forms.length < MAX_FORMS) return false;
			places = new Array(PLACES).fill(undefined);
			numbers = new Map();
			forms = [];
			return true;
		},
	};
}

function isSame(chunk: Chunk, codes: Int32Array, width: number, hash: number): boolean {
	if (chunk.hash !== hash) return false;
	const known = chunk.codes;
	if (known.length !== width) return false;
	for (let i = 0; i < width; i++) if (known[i] !== codes[i]) return false;
	return true;
}
