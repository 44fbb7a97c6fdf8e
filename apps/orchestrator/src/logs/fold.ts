import { createTraceFolder, type FoldedRecord } from "@faultline/logs";
import type { InputLine } from "./read-lines.ts";

/** Lines as records: those of a stack trace are one, its text joined by "\n", under the number of its first line. */
export async function* foldLines(lines: AsyncIterable<InputLine>): AsyncGenerator<InputLine> {
	const folder = createTraceFolder();
	/** Lines that something was wrong with, by number, until their record is out. */
	const marks = new Map<number, Pick<InputLine, "truncated" | "repaired">>();
	const recordOf = ({ text, runs }: FoldedRecord): InputLine => {
		const record = { text, number: (runs[0]?.[0] ?? 0) + 1, truncated: false, repaired: false };
		for (const [first, last] of runs) {
			for (let number = first + 1; marks.size > 0 && number <= last + 1; number++) {
				const mark = marks.get(number);
				record.truncated ||= mark?.truncated === true;
				record.repaired ||= mark?.repaired === true;
				marks.delete(number);
			}
		}
		return record;
	};
	for await (const { text, number, truncated, repaired } of lines) {
		if (truncated || repaired) marks.set(number, { truncated, repaired });
		for (const record of folder.push(text)) yield recordOf(record);
	}
	for (const record of folder.end()) yield recordOf(record);
}
