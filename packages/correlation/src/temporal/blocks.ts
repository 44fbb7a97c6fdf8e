/** A stretch of time with records, [from, to] in milliseconds. */
export interface Block {
	from: number;
	to: number;
	count: number;
}

/** A silence this long, and far longer than usual gaps, parts two stretches. */
const SILENCE_MS = 60_000;

/** The stretches of records between long silences: what lies before and after a gap in collection is not one continuous history. */
export function blocksOf(times: readonly number[]): Block[] {
	const sorted = Float64Array.from(times).sort();
	if (sorted.length === 0) return [];
	const usual = ((sorted.at(-1) as number) - (sorted[0] as number)) / sorted.length;
	const silence = Math.max(SILENCE_MS, 20 * usual);
	const blocks: Block[] = [{ from: sorted[0] as number, to: sorted[0] as number, count: 1 }];
	for (let i = 1; i < sorted.length; i++) {
		const at = sorted[i] as number;
		const last = blocks.at(-1) as Block;
		if (at - last.to > silence) blocks.push({ from: at, to: at, count: 1 });
		else {
			last.to = at;
			last.count++;
		}
	}
	return blocks;
}
