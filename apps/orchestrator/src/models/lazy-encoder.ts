import { AppError } from "@faultline/contracts";
import { type EncoderChoice, type OpenedEncoder, openEncoder } from "./open-encoder.ts";

/** An encoder that is opened by its first text: most analyses have none that is new, and opening reads the model's files. */
export function lazyEncoder(choice: EncoderChoice): OpenedEncoder & { close(): Promise<void> } {
	let opening: Promise<OpenedEncoder> | undefined;
	let opened: OpenedEncoder | undefined;
	return {
		name: choice.name,
		get dimensions() {
			if (opened === undefined) throw new AppError("INTERNAL", "the size of a vector is known once there is one");
			return opened.dimensions;
		},
		async encode(texts, signal) {
			opening ??= openEncoder(choice);
			opened = await opening;
			return opened.encode(texts, signal);
		},
		counts: () => opened?.counts?.() ?? { memory: 0, store: 0, misses: 0 },
		async close() {
			await opening?.then((encoder) => encoder.close?.()).catch(() => undefined);
		},
	};
}
