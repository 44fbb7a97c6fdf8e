import { toAppError } from "@faultline/contracts";
import { openFailureHead } from "@faultline/logs/encoders";
import { findModelFolder } from "./model-folders.ts";

/** How likely each line reports a failure; undefined where there is no network to ask. */
export type LearnedFailures = (lines: readonly string[]) => Promise<readonly number[] | undefined>;

/** The encoder whose failure head is asked. */
const MODEL = "logbert";

/** By the failure head of the shipped encoder, opened only when asked. What cannot be opened is said and done without. */
export function learnedFailures(folders: () => Promise<readonly string[]>, onNote: (note: string) => void): LearnedFailures {
	return async (lines) => {
		try {
			const head = await openFailureHead(await findModelFolder(MODEL, await folders()));
			if (head === undefined) return undefined;
			try {
				return await head.score(lines);
			} finally {
				await head.close();
			}
		} catch (thrown) {
			const { message } = toAppError(thrown);
			onNote(`learned failures are done without: ${message}`);
			return undefined;
		}
	};
}
