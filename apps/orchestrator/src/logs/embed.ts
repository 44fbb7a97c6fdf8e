import { AppError, type Encoder } from "@faultline/contracts";
import { createHashingEncoder, normalise } from "@faultline/logs";
import type { InputLine } from "./read-lines.ts";

/** Encoders by the names that `--model` takes. */
const ENCODERS: Record<string, () => Encoder> = { hash: () => createHashingEncoder() };
const DEFAULT = "hash";

/** The encoder of a name; "default" is the one that needs no model file. Throws NOT_FOUND, naming those that exist. */
export function createEncoder(name: string): Encoder {
	const create = ENCODERS[name === "default" ? DEFAULT : name];
	if (create !== undefined) return create();
	throw new AppError("NOT_FOUND", `there is no model "${name.slice(0, 60)}"`, {
		hint: `one of: default, ${Object.keys(ENCODERS).join(", ")}`,
	});
}

const BATCH = 256;

/** One vector of unit length per line, in order. Lines are normalised first, so that equal templates are near. */
export async function* embedLines(lines: AsyncIterable<InputLine>, encoder: Encoder): AsyncGenerator<Float32Array> {
	let batch: string[] = [];
	for await (const { text } of lines) {
		batch.push(normalise(text).text);
		if (batch.length < BATCH) continue;
		yield* await encoder.encode(batch);
		batch = [];
	}
	yield* await encoder.encode(batch);
}
