/**
 * Where a line may be cut so that masking the pieces is masking the line: at a space, unless a default rule can match across it. Says "no"
 * rather too often: a place that is not cut costs time, one that is cut wrongly would cost the answer.
 */
export function isBoundary(line: string, space: number): boolean {
	const before = line.charCodeAt(space - 1);
	const after = line.charCodeAt(space + 1);
	if (isDigit(before)) return isBoundaryAfterDigit(line, space, after);
	if (before === QUOTE) return after !== COLON;
	if (after === LOWER_U && line.startsWith("user ", space + 1)) return false;
	if (before === COMMA) return !isUpper(line.charCodeAt(space - 4)) && !(isDigit(line.charCodeAt(space - 2)) && isDigit(after));
	// "Jun 19", "Fri Jun", "UTC 2026", "Z 2026", "AM 2026", "user bob": few words end so, and what follows is then looked at.
	if (before === UPPER_Z || before === UPPER_M || before === UPPER_C || before === UPPER_T) return !isDigit(after);
	if (before === LOWER_R && line.startsWith("user", space - 4)) return false;
	return !(isUpper(line.charCodeAt(space - 3)) && DAY_OR_MONTH.has(line.slice(space - 3, space)));
}

/**
 * Whether a quote that a comma stands before begins a name, as in a list of JSON's: there too a line may be cut. No rule matches across both, but for
 * what is quoted; and that ends at no quote which a word follows. Single quotes may hold any, so that there must be none in the word.
 */
export function beginsName(line: string, quote: number, singleQuoted: boolean): boolean {
	return !singleQuoted && isWord(line.charCodeAt(quote + 1));
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const UPPER_C = 67;
const UPPER_M = 77;
const UPPER_T = 84;
const UPPER_Z = 90;
const LOWER_R = 114;
const LOWER_U = 117;

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;
const isWord = (unit: number): boolean => isDigit(unit) || isUpper(unit) || (unit >= 97 && unit <= 122) || unit === 95;
const isUpper = (unit: number): boolean => unit >= 65 && unit <= 90;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_OR_MONTH = new Set([...MONTHS, "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
/** What may stand after a number and a space, and belong to it: units, zones, months. */
const AFTER_NUMBER =
	/(?:[num]s|[a-z]?secs?|s|m(?:illi)?se.*|seconds?|mins?|minutes?|hours?|hrs|bytes?|[KkMGTP]i?B|Z|UTC|GMT|[AP]M|user|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?![A-Za-z0-9_])/y;
/** First letters of those. */
const FIRST = new Set([..."numshbKkMGTPZUAJFSOND"].map((letter) => letter.charCodeAt(0)));

function isBoundaryAfterDigit(line: string, space: number, after: number): boolean {
	// Times: a date before its clock, a clock before its year or its zone; and units that begin with a letter that is not ASCII.
	if (isDigit(after)) return !(line.charCodeAt(space + 2) === COLON || line.charCodeAt(space + 3) === COLON || isYear(line, space + 1));
	if (after === 43 || after === 45) return !isDigit(line.charCodeAt(space + 2));
	if (after >= 128) return false;
	if (!FIRST.has(after)) return true;
	AFTER_NUMBER.lastIndex = space + 1;
	return !AFTER_NUMBER.test(line);
}

const isYear = (line: string, at: number): boolean =>
	isDigit(line.charCodeAt(at + 1)) &&
	isDigit(line.charCodeAt(at + 2)) &&
	isDigit(line.charCodeAt(at + 3)) &&
	!isDigit(line.charCodeAt(at + 4));
