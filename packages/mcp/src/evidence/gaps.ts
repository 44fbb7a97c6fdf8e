import { toAppError } from "@faultline/contracts";

/** Collects what cannot be read: one kind of object that is refused does not hide the others. */
export interface Gaps {
	readonly skipped: string[];
	/** What the work gives, or undefined where it failed; that the source has no such kind is no gap unless `missing` says so. */
	read<T>(what: string, work: Promise<T>, missing?: string): Promise<T | undefined>;
}

export function createGaps(signal: AbortSignal): Gaps {
	const skipped: string[] = [];
	return {
		skipped,
		async read(what, work, missing) {
			try {
				return await work;
			} catch (thrown) {
				if (signal.aborted) throw thrown;
				const error = toAppError(thrown);
				if (error.code !== "NOT_FOUND") skipped.push(`${what}: ${error.code}, ${error.message}`);
				else if (missing !== undefined) skipped.push(`${what}: ${missing}`);
				return undefined;
			}
		},
	};
}
