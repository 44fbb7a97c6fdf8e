import { LEVEL, MESSAGE } from "./field-names.ts";
import { jsonValues } from "./json-values.ts";
import { logfmtPairs } from "./logfmt-pairs.ts";
import { HOLE, type Mask, type MaskedText } from "./normalise.ts";

interface Field {
	name: string;
	start: number;
	end: number;
	isNumber: boolean;
}

/** A JSON or logfmt line as a template sees it: its names, its level and its message say what happened, the other values are data. */
export interface StructuredLine {
	/** What varies, in order: the message, in which the rules say what varies, and values. */
	fields: Field[];
	message: Field | undefined;
}

const rankOf = (names: readonly string[]): ReadonlyMap<string, number> => new Map(names.map((name, i) => [name, i]));
const MESSAGES = rankOf(MESSAGE);
const LEVELS = rankOf(LEVEL);
const A_LEVEL = /^\w{1,16}$/;

/** Undefined where a line is neither. */
export function structuredLine(line: string): StructuredLine | undefined {
	const last = line.charCodeAt(line.length - 1);
	const fields = line.charCodeAt(0) === 123 && last === 125 ? jsonFields(line) : logfmtFields(line);
	if (fields === undefined) return undefined;
	const [message, level] = [bestOf(fields, MESSAGES), bestOf(fields, LEVELS)];
	const isLevel = level !== undefined && level !== message && A_LEVEL.test(line.slice(level.start, level.end));
	return { fields: isLevel ? fields.filter((field) => field !== level) : fields, message };
}

function jsonFields(line: string): Field[] | undefined {
	return jsonValues(line)?.map(({ name, start, end, depth, isText }) => ({
		...{ name: depth > 2 ? "" : name, start, end },
		isNumber: !isText && line.charCodeAt(start) < 58,
	}));
}

/** A level or a message must be among the pairs: else it is a sentence with values in it. */
function logfmtFields(line: string): Field[] | undefined {
	const pairs = logfmtPairs(line);
	if (pairs === undefined || !pairs.some(({ name }) => MESSAGES.has(name) || LEVELS.has(name))) return undefined;
	return pairs.map((pair) => ({ ...pair, isNumber: false }));
}

function bestOf(fields: readonly Field[], ranks: ReadonlyMap<string, number>): Field | undefined {
	let best: Field | undefined;
	let rank = Number.POSITIVE_INFINITY;
	for (const field of fields) {
		const own = ranks.get(field.name);
		if (own === undefined || own >= rank || field.end === field.start) continue;
		best = field;
		rank = own;
	}
	return best;
}

/** What lines of one event share but for the message: the text around the values. */
export function skeletonOf(line: string, { fields, message }: StructuredLine): string {
	let text = "";
	let from = 0;
	for (const field of fields) {
		text += line.slice(from, field.start) + (field === message ? "\u0001" : "\u0000");
		from = field.end;
	}
	return text + line.slice(from);
}

/** A mask that takes JSON and logfmt lines apart: each value is a hole, the message is masked by `mask`, as is any other line. */
export function maskStructured(mask: Mask): Mask {
	return (clean) => {
		const line = structuredLine(clean);
		return line === undefined ? mask(clean) : maskFields(clean, line, mask);
	};
}

function maskFields(clean: string, { fields, message }: StructuredLine, mask: Mask): MaskedText {
	const masked: MaskedText = { text: "", marks: [], spans: [] };
	let from = 0;
	for (const field of fields) {
		const { start, end, isNumber } = field;
		masked.text += clean.slice(from, start);
		from = end;
		if (field === message) {
			const inner = mask(clean.slice(start, end));
			masked.text += inner.text;
			masked.marks.push(...inner.marks);
			for (const [a, b] of inner.spans) masked.spans.push([start + a, start + b]);
			continue;
		}
		masked.text += HOLE;
		masked.marks.push(isNumber ? "<num>" : "<value>");
		masked.spans.push([start, end]);
	}
	masked.text += clean.slice(from);
	return masked;
}
