import type { NormalisedLine } from "./normalise.ts";

/** A line's time stands among its first variable parts. */
const LOOKED_AT = 6;
const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const CLOCK = String.raw`(\d{1,2}):(\d{2}):(\d{2})(?:[.,:](\d{1,9}))?`;
const ZONE = String.raw`(?: ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?`;
/** 2026-06-19T09:00:00.5+02:00, 2026/06/19 09:00:00,5 */
const BY_NUMBERS = new RegExp(`^(\\d{4})[-/.](\\d{2})[-/.](\\d{2})[T _-]${CLOCK}${ZONE}$`);
/** 19/Jun/2026:09:00:00 +0200 */
const ACCESS = new RegExp(`^(\\d{1,2})[/-]([A-Z][a-z]{2})[/-](\\d{4})[: ]${CLOCK}${ZONE}$`);
/** Fri Jun 19 09:00:00 2026 */
const WITH_YEAR_LAST = new RegExp(`^(?:[A-Z][a-z]{2},? )?([A-Z][a-z]{2}) +(\\d{1,2}) ${CLOCK}${ZONE} (\\d{4})$`);

/** When a line says that it was written: milliseconds since 1970, of a time without a zone as if in UTC. Undefined where no date with its year is there. */
export function timeOfLine({ values }: Pick<NormalisedLine, "values">): number | undefined {
	for (const { type, value } of values.slice(0, LOOKED_AT)) {
		const text = value.replace(/^"|"$/g, "");
		const time = type === "time" || type === "quoted" ? parseTime(text) : undefined;
		if (time !== undefined) return time;
	}
	return undefined;
}

function parseTime(text: string): number | undefined {
	const numbers = BY_NUMBERS.exec(text);
	if (numbers !== null) {
		const [, year, month, day, ...clock] = numbers;
		return instantOf(Number(year), Number(month) - 1, Number(day), clock);
	}
	const access = ACCESS.exec(text);
	if (access !== null) {
		const [, day, month, year, ...clock] = access;
		return instantOf(Number(year), monthOf(month), Number(day), clock);
	}
	const last = WITH_YEAR_LAST.exec(text);
	if (last === null) return undefined;
	const [, month, day, ...clock] = last;
	return instantOf(Number(clock[5]), monthOf(month), Number(day), clock);
}

const monthOf = (name = ""): number => {
	const at = MONTHS.indexOf(name);
	return at % 3 === 0 ? at / 3 : Number.NaN;
};

/** Of the clock's groups: hour, minute, second, fraction, zone. */
function instantOf(
	year: number,
	month: number,
	day: number,
	[hour, minute, second, fraction, zone]: (string | undefined)[],
): number | undefined {
	const ms = fraction === undefined ? 0 : Number(`0.${fraction}`) * 1000;
	const time = Date.UTC(year, month, day, Number(hour), Number(minute), Number(second)) + Math.floor(ms) - offsetOf(zone);
	return Number.isFinite(time) ? time : undefined;
}

/** Milliseconds that a zone such as +02:00 is ahead of UTC. */
function offsetOf(zone: string | undefined): number {
	const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? "");
	if (match === null) return 0;
	return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000;
}
