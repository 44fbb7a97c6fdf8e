import { isFiring } from "../situation.ts";
import { type Group, headOf, type Rule } from "./grouping.ts";
import { NOWHERE } from "./sighting.ts";
import { valuesAgree } from "./values.ts";

/** A message shorter than this is said by many. */
const TELLING = 8;

const spanKey = (group: Group): string | undefined => {
	const { signal, message } = headOf(group);
	return signal.traceId === undefined || signal.spanId === undefined ? undefined : key("span", signal.traceId, signal.spanId, message);
};

/** Of a line with a place, that is a single occurrence. */
function line(keyOf: (group: Group, place: string) => string | undefined): Rule["keyOf"] {
	return (group) => {
		const { family, place } = headOf(group);
		return family !== "line" || place === NOWHERE ? undefined : keyOf(group, place);
	};
}

function alert(keyOf: (group: Group) => (string | number | undefined)[] | undefined): Rule["keyOf"] {
	return (group) => {
		const { family, place, signal } = headOf(group);
		if (family !== "alert" || signal.alert === undefined || place === NOWHERE) return undefined;
		const parts = keyOf(group);
		// One that fires is not the one that is over.
		return parts?.includes(undefined) ? undefined : parts && key("alert", place, isFiring(signal), ...parts);
	};
}

/** A line of another process, or of another order, in the same words is another. */
const sameValues: NonNullable<Rule["agree"]> = (a, b) => valuesAgree(headOf(a), headOf(b));

/** The surest first: what one rule has joined, the next takes as one. */
export const RULES: readonly Rule[] = [
	{ reason: "same span and message", confidence: 0.99, keyOf: spanKey, agree: sameValues },
	{
		reason: "same trace and text",
		confidence: 0.99,
		keyOf: line((g, place) => (g.traceId === undefined ? undefined : key(place, g.traceId, headOf(g).signal.count, headOf(g).text))),
	},
	{ reason: "same text", confidence: 0.97, keyOf: line((g, place) => key(place, headOf(g).signal.count, headOf(g).text)) },
	{
		reason: "same message",
		confidence: 0.94,
		agree: sameValues,
		keyOf: line((g, place) => (headOf(g).message.length < TELLING ? undefined : key(place, headOf(g).signal.count, headOf(g).message))),
	},
	{
		reason: "same trace and template",
		confidence: 0.92,
		agree: sameValues,
		keyOf: line((g, place) =>
			g.traceId === undefined || headOf(g).template === "" ? undefined : key(place, g.traceId, headOf(g).signal.count, headOf(g).template),
		),
	},
	{ reason: "same alert", confidence: 0.97, keyOf: alert((g) => [headOf(g).signal.alert?.name]) },
	{
		reason: "same metric and limit",
		confidence: 0.93,
		keyOf: alert((g) => [headOf(g).signal.alert?.metric, headOf(g).signal.alert?.threshold]),
	},
];

function key(...parts: (string | number | boolean | undefined)[]): string {
	return parts.join("\u0000");
}
