import { beginsName, isBoundary } from "./chunk-boundary.ts";
import { isControl, withoutControls } from "./controls.ts";
import { createFormTable, type FormTable } from "./form-table.ts";
import { DIGIT, DIRTY, foldedRun, lengthOfCode, mayFold, shapeOf, ZERO_OF_HEX } from "./line-shape.ts";
import type { Mask, MaskedText } from "./normalise.ts";

/**
 * Finds what is known of a line without running a regular expression over it. The default rules look at the kinds of characters, never at
 * which digit it is: lines of one shape are masked alike. So a line is cut into chunks (words, mostly), each chunk's shape is looked up, and
 * the chunks' masked forms together are looked up as the line. Only a chunk of a shape not met lately is masked.
 *
 * Exact: shapes and forms are compared in full, their hashes only say where to look. Memory is bounded: a table's place is taken over by the
 * next that needs it. Holds for the default rules alone.
 */
export interface LineIndex<T> {
	/** What was remembered of lines that look like this one. */
	find(line: string): T | undefined;
	/** The line of the last `find`, masked. */
	masked(): Pick<MaskedText, "text" | "marks">;
	/** Remembers for the line of the last `find`, until its group (a small number) is forgotten. */
	remember(value: T, group: number): void;
	/** Forgets what was remembered of a group, or of all. */
	forget(group?: number): void;
}

/** Different lines that are remembered: a power of two. */
const LINE_PLACES = 16_384;
/** Chunks of a line beyond which it is not remembered. */
const MAX_CHUNKS = 1_024;
/** Groups of remembered lines. */
export const GROUPS = 256;
/** Units of a chunk beyond which it is not remembered. */
const MAX_CHUNK = 512;
const MULTIPLIER = 0x9e3779b1;

/** A line is cut into chunks, or has control characters, or has too many or too long chunks. */
type Scan = "cut" | "dirty" | "long";

interface Known<T> {
	hash: number;
	forms: Int32Array;
	/** Both of when it was remembered. */
	epoch: number;
	group: number;
	value: T;
}

export function createLineIndex<T>(mask: Mask): LineIndex<T> {
	const table: FormTable = createFormTable(mask);
	const places: (Known<T> | undefined)[] = new Array(LINE_PLACES);
	const codes = new Int32Array(MAX_CHUNK);
	const forms = new Int32Array(MAX_CHUNKS);
	let chunks = 0;
	let lineHash = 0;
	/** Counts up when a group is forgotten; the last is for all. */
	const epochs = new Int32Array(GROUPS + 1);
	let last = "";
	/** Of the chunk that is being read. */
	let width = 0;
	let hash = 0;

	/** The chunk so far is done. */
	function cut(line: string, from: number, to: number): void {
		const form = table.formOf(line, from, to, codes, width, hash);
		forms[chunks++] = form;
		lineHash = Math.imul(lineHash ^ form, MULTIPLIER);
		lineHash ^= lineHash >>> 15;
		width = 0;
		hash = 0;
	}

	function scan(line: string): Scan {
		const length = line.length;
		let from = 0;
		let before = 32;
		let singleQuoted = false;
		width = hash = chunks = lineHash = 0;
		for (let at = 0; at < length; at++) {
			const unit = line.charCodeAt(at);
			let code = unit;
			if (unit === 32) {
				singleQuoted = false;
				if (before !== 32 && isBoundary(line, at)) {
					if (chunks === MAX_CHUNKS) return "long";
					cut(line, from, at);
					from = at;
				}
			} else if (unit < 128) {
				code = shapeOf(unit);
				if (code === DIRTY) return "dirty";
				if (unit === 34 && before === 44 && beginsName(line, at, singleQuoted)) {
					if (chunks === MAX_CHUNKS) return "long";
					cut(line, from, at);
					from = at;
				} else if (unit === 39) singleQuoted = true;
				else if (unit === 48 && (line.charCodeAt(at + 1) | 32) === 120) code = ZERO_OF_HEX;
				else if (mayFold(unit, before)) code = foldedRun(line, at) || code;
			} else if (isControl(unit)) return "dirty";
			if (width === MAX_CHUNK) return "long";
			codes[width++] = code;
			hash = Math.imul(hash ^ code, MULTIPLIER);
			before = unit;
			if (code > 0xffff) {
				at += lengthOfCode(code) - 1;
				before = DIGIT;
			}
		}
		if (chunks === MAX_CHUNKS) return "long";
		cut(line, from, length);
		return "cut";
	}

	function same(known: Known<T> | undefined): boolean {
		if (
			known === undefined ||
			known.hash !== lineHash ||
			known.epoch !== (epochs[known.group] as number) + (epochs[GROUPS] as number) ||
			known.forms.length !== chunks
		)
			return false;
		for (let i = 0; i < chunks; i++) if (known.forms[i] !== forms[i]) return false;
		return true;
	}

	return {
		find(line) {
			if (table.renew()) epochs[GROUPS] = (epochs[GROUPS] as number) + 1;
			last = line;
			let result = scan(line);
			if (result === "dirty") {
				last = withoutControls(line);
				result = scan(last);
			}
			if (result !== "cut") {
				chunks = 0;
				return undefined;
			}
			const place = lineHash & (LINE_PLACES - 1);
			const first = places[place];
			if (same(first)) return first?.value;
			const second = places[place ^ 1];
			return same(second) ? second?.value : undefined;
		},
		masked() {
			if (chunks === 0) return mask(last);
			return table.join(forms.subarray(0, chunks));
		},
		remember(value, group) {
			if (chunks === 0) return;
			const place = lineHash & (LINE_PLACES - 1);
			const epoch = (epochs[group] as number) + (epochs[GROUPS] as number);
			places[place ^ 1] = places[place];
			places[place] = { hash: lineHash, forms: forms.slice(0, chunks), epoch, group, value };
		},
		forget(group = GROUPS) {
			epochs[group] = (epochs[group] as number) + 1;
		},
	};
}
