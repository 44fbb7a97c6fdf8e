import { withoutControls } from "./controls.ts";
import type { LineIndex } from "./line-index.ts";
import type { Mask, MaskedText } from "./normalise.ts";

/** Masked lines that are remembered. */
const MAX_LINES = 8_192;

/** A line index for any rules: masks every line, and looks the masked text up. */
export function createPlainIndex<T>(mask: Mask): LineIndex<T> {
	const groups = new Map<string, { value: T; group: number }>();
	let last: MaskedText = { text: "", marks: [], spans: [] };
	const nameOf = ({ text, marks }: MaskedText): string => `${text}\u0000${marks.join("")}`;
	return {
		find(line) {
			last = mask(withoutControls(line));
			return groups.get(nameOf(last))?.value;
		},
		masked: () => last,
		remember(value, group) {
			if (groups.size >= MAX_LINES) groups.clear();
			groups.set(nameOf(last), { value, group });
		},
		forget(group) {
			if (group === undefined) return groups.clear();
			for (const [name, known] of groups) if (known.group === group) groups.delete(name);
		},
	};
}
