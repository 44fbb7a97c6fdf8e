import { AppError, type Encoder } from "@faultline/contracts";

/** One part of a joined encoder; its share of the similarity is weight squared, over the sum of the squares. */
export interface JoinedPart {
	encoder: Encoder;
	/** Above 0. */
	weight: number;
	/** What this part is given of a text; default the text itself. One part may want a line as it is, and another its normalised form. */
	prepare?: (text: string) => string;
}

/**
 * Several encoders as one: their vectors side by side, each times its weight, at unit length.
 *
 *   v = [w1 v1 ; w2 v2 ; ...] / |w|,   so that   <u, v> = sum w_i^2 <u_i, v_i> / sum w_i^2
 *
 * A learned vector tells meaning and a lexical one tells words apart that the learned one never saw. Cost: that of its parts.
 */
export function joinEncoders(name: string, parts: readonly JoinedPart[]): Encoder {
	if (parts.length === 0 || parts.some(({ weight }) => !(weight > 0 && Number.isFinite(weight))))
		throw new AppError("BAD_INPUT", "joined encoders need weights above 0");
	const length = Math.hypot(...parts.map((p) => p.weight));
	const dimensions = parts.reduce((sum, p) => sum + p.encoder.dimensions, 0);
	return {
		name,
		version: parts.map(({ encoder, weight }) => `${encoder.name}@${encoder.version ?? "1"}*${weight}`).join("+"),
		dimensions,
		...(parts.some((p) => p.encoder.input === "raw") && { input: "raw" as const }),
		async encode(texts, signal) {
			const found = await Promise.all(
				parts.map(({ encoder, prepare }) => encoder.encode(prepare === undefined ? texts : texts.map(prepare), signal)),
			);
			return texts.map((_, row) => {
				const joined = new Float32Array(dimensions);
				let at = 0;
				parts.forEach(({ encoder, weight }, i) => {
					const part = found[i]?.[row] as Float32Array;
					for (let d = 0; d < encoder.dimensions; d++) joined[at + d] = ((part[d] ?? 0) * weight) / length;
					at += encoder.dimensions;
				});
				return joined;
			});
		},
		async close() {
			await Promise.all(parts.map((p) => p.encoder.close?.()));
		},
	};
}
