/** When a line was written, in numbers. */
export interface TemporalFeatures {
	/** 0 to 23, in UTC. */
	hour: number;
	/** 0 (Sunday) to 6, in UTC. */
	weekday: number;
	/** Milliseconds since the line before; 0 for the first, and where the clock was set back. */
	sinceLast: number;
	/** The clock was set back: the line claims to be older than the one before by more than lines overtake each other. */
	clockJump: boolean;
}

/** Lines of several threads overtake each other by so many milliseconds without any clock being set. */
const OVERTAKING_MS = 1_000;

/** Takes times in the order of their lines, in milliseconds since 1970; undefined for a time that is none. */
export function createClock(): (time: number) => TemporalFeatures | undefined {
	let last: number | undefined;
	return (time) => {
		const date = new Date(time);
		if (Number.isNaN(date.getTime())) return undefined;
		const step = time - (last ?? time);
		last = time;
		return { hour: date.getUTCHours(), weekday: date.getUTCDay(), sinceLast: Math.max(0, step), clockJump: step < -OVERTAKING_MS };
	};
}
