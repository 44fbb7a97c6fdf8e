import {
	createClock,
	createNormaliser,
	type LineFeatures,
	lineFeatures,
	numericValues,
	type PlaceholderRule,
	type TemporalFeatures,
	timeOfLine,
} from "@faultline/logs";

/** A line in numbers, for tools that know no words. */
export interface FeaturesOfLine {
	text: LineFeatures;
	/** The numbers by placeholder, left to right: durations in milliseconds, sizes in bytes. */
	numbers: { type: string; value: number }[];
	/** Only of a line that says when it was written. */
	time?: TemporalFeatures;
}

/** The features of lines in their order. */
export function createFeatures(rules?: readonly PlaceholderRule[]): (line: string) => FeaturesOfLine {
	const normalise = createNormaliser(rules);
	const clock = createClock();
	return (line) => {
		const normalised = normalise(line);
		const time = clock(timeOfLine(normalised) ?? Number.NaN);
		return { text: lineFeatures(line, normalised), numbers: numericValues(normalised), ...(time !== undefined && { time }) };
	};
}
