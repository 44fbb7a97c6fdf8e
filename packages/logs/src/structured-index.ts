import { withoutControls } from "./controls.ts";
import { createLineIndex, type LineIndex } from "./line-index.ts";
import type { Mask } from "./normalise.ts";
import { maskStructured, skeletonOf, structuredLine } from "./structured-line.ts";

/** Skeletons that are remembered, and how long they may be: longer ones are masked anew each time. */
const MAX_SKELETONS = 8_192;
const LONGEST_SKELETON = 2_048;

/**
 * A line index that knows JSON and logfmt lines by their skeleton and their message: it looks up a word for the skeleton and the message behind it.
 * The word is of letters that no default rule matches, alone or with what follows, so that the message is masked as if it stood alone.
 */
export function createStructuredIndex<T>(mask: Mask): LineIndex<T> {
	const index = createLineIndex<T>(mask);
	const masked = maskStructured(mask);
	const words = new Map<string, string>();
	let last: string | undefined;
	let isLong = false;

	function wordOf(skeleton: string): string {
		const known = words.get(skeleton);
		if (known !== undefined) return known;
		if (words.size >= MAX_SKELETONS) {
			words.clear();
			index.forget();
		}
		const word = `k${[...words.size.toString(16)].map((digit) => String.fromCharCode(103 + Number.parseInt(digit, 16))).join("")}`;
		words.set(skeleton, word);
		return word;
	}

	return {
		find(line) {
			isLong = false;
			last = mayBeStructured(line) ? withoutControls(line) : undefined;
			const structured = last === undefined ? undefined : structuredLine(last);
			if (last === undefined || structured === undefined) {
				last = undefined;
				return index.find(line);
			}
			const { message } = structured;
			const skeleton = skeletonOf(last, structured);
			isLong = skeleton.length > LONGEST_SKELETON;
			if (isLong) return undefined;
			const word = wordOf(skeleton);
			return index.find(message === undefined ? word : `${word} ${last.slice(message.start, message.end)}`);
		},
		masked: () => (last === undefined ? index.masked() : masked(last)),
		remember(value, group) {
			if (!isLong) index.remember(value, group);
		},
		forget: (group) => index.forget(group),
	};
}

/** JSON begins with a brace; of logfmt's first pair the name is one word. */
function mayBeStructured(line: string): boolean {
	if (line.charCodeAt(0) === 123) return true;
	const equals = line.indexOf("=");
	return equals > 0 && line.lastIndexOf(" ", equals) <= 0;
}
