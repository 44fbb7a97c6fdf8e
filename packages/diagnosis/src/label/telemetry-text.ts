import { redact } from "@faultline/platform";
import { defuse, oneLine } from "./fence.ts";

/** Telemetry text for one of our sentences: hidden characters out (they could split a secret), secrets out, one line, at most `max` characters. */
export function quoteText(text: string, max = 200): string {
	return oneLine(redact(defuse(text.slice(0, 20_000))).text, max);
}

/** The same without a closing full stop, to be continued. */
export function clause(text: string, max = 200): string {
	return quoteText(text, max).replace(/[.\s]+$/, "");
}

/** "09:14:05 UTC", with the date where it is not the day of `near`. */
export function clockTime(instant: string, near?: string): string {
	const at = new Date(instant);
	if (Number.isNaN(at.getTime())) return quoteText(instant, 40);
	const iso = at.toISOString();
	const time = `${iso.slice(11, 19)} UTC`;
	return near !== undefined && iso.slice(0, 10) === near.slice(0, 10) ? time : `${iso.slice(0, 10)} ${time}`;
}
