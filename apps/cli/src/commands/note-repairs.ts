/** What a message calls an input. */
export const inputName = (file: string): string => (file === "-" ? "standard input" : file);

/** Passes lines on; at their end says on standard error how many held bytes that are no UTF-8. */
export async function* noteRepairs<T extends { repaired: boolean; number: number }>(
	lines: AsyncIterable<T>,
	name: string,
): AsyncGenerator<T> {
	let repaired = 0;
	let first = 0;
	for await (const line of lines) {
		if (line.repaired && repaired++ === 0) first = line.number;
		yield line;
	}
	if (repaired > 0)
		process.stderr.write(
			`faultline: ${name}: ${repaired} lines are not UTF-8 (the first is line ${first}); their broken bytes were replaced\n`,
		);
}
