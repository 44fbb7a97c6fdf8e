import { readLineTokenizer } from "./line-tokenizer.ts";
import { loadOnnxRuntime } from "./load-onnxruntime.ts";
import { readEncoderFiles } from "./manifest.ts";

/** The output of a line encoder that says how likely a line reports a failure. */
export interface FailureHead {
	/** By line, in [0, 1]; the level that its logger wrote is not looked at. */
	score(lines: readonly string[]): Promise<number[]>;
	close(): Promise<void>;
}

const OUTPUT = "failure";

/** Opens the failure head of the encoder in a folder; undefined where the encoder has none. @throws what opening an encoder throws */
export async function openFailureHead(folder: string): Promise<FailureHead | undefined> {
	const files = await readEncoderFiles(folder);
	const { InferenceSession, Tensor } = loadOnnxRuntime();
	const tokenizer = await readLineTokenizer(files);
	const session = await InferenceSession.create(files.model, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 });
	if (!session.outputNames.includes(OUTPUT)) {
		await session.release();
		return undefined;
	}
	const tensor = (values: readonly number[]) => new Tensor("int32", Int32Array.from(values), [1, values.length]);
	return {
		async score(lines) {
			const scores: number[] = [];
			// One at a time: weights of 8 bits round by what else is in the batch, and equal lines must score equally.
			for (const line of lines) {
				const ids = tokenizer.ids(withoutLevel(line));
				const answer = await session.run({ input_ids: tensor(ids), attention_mask: tensor(ids.map(() => 1)) }, [OUTPUT]);
				scores.push(Math.min(1, Math.max(0, Number(answer[OUTPUT]?.data[0]))));
			}
			return scores;
		},
		close: () => session.release(),
	};
}

const LEVELS = "trace|debug|info|information|notice|warn|warning|error|err|severe|crit|critical|alert|emerg|fatal|panic";
const NAMED = new RegExp(`"?\\b(?:level|lvl|severity|loglevel|log\\.level|levelname)"?\\s?[=:]\\s?"?(?:${LEVELS}|\\d+)\\b"?,?\\s?`, "i");
const PATTERNS = [
	/^[IWEF](?=\d{4} )/,
	NAMED,
	new RegExp(`[[(|<]\\s*(?:[\\w.]+:)?(?:${LEVELS})\\s*[\\])|>]`, "i"),
	new RegExp(`(?<![\\w.-])(?:${LEVELS.toUpperCase()})(?![\\w.-])\\s?:?`),
	new RegExp(`^(?:${LEVELS})\\s?[:\\]|-]\\s*`, "i"),
];
/** A level stands at a line's begin; what is looked at of the rest is what a model's tokens hold. */
const HEAD = 160;
const MOST = 1_000;

/** The line without the level that its logger wrote: the head learned from the words alone. The line itself where nothing else is left. */
export function withoutLevel(line: string): string {
	const head = PATTERNS.reduce((rest, pattern) => rest.replace(pattern, " "), line.slice(0, HEAD));
	return (head + line.slice(HEAD, MOST)).replace(/\s{2,}/g, " ").trim() || line;
}
