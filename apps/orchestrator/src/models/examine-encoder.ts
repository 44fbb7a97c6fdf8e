import { toAppError } from "@faultline/contracts";
import type { Examined } from "../server/examine.ts";
import { type EncoderChoice, openEncoder, openVectorStore } from "./open-encoder.ts";

/** Opens the chosen encoder and lets it answer; says how often kept vectors spared that. */
export async function examineEncoder(choice: EncoderChoice): Promise<Examined> {
	try {
		const encoder = await openEncoder({ ...choice, keep: undefined });
		try {
			const [vector] = await encoder.encode(["connection to <host> refused"]);
			const detail = `${choice.name}: ${vector?.length} dimensions; ${await describeStore(choice)}`;
			return { name: "encoder", status: "ok", detail };
		} finally {
			await encoder.close?.();
		}
	} catch (thrown) {
		const { code, message, hint } = toAppError(thrown);
		const lexical = choice.name === "default" ? ": log templates are told apart by their words alone" : "";
		return {
			name: "encoder",
			status: choice.name === "default" ? "warn" : "fail",
			detail: `${code}: ${message}${lexical}`,
			...(hint !== undefined && { hint }),
		};
	}
}

async function describeStore({ keep }: EncoderChoice): Promise<string> {
	if (keep === undefined) return "vectors are not kept";
	const store = await openVectorStore(keep);
	if (store === undefined) return "vectors cannot be kept: the data folder cannot be written";
	try {
		const counts = [...(await store.counts()).values()];
		const sum = (of: "hits" | "misses") => counts.reduce((total, c) => total + c[of], 0);
		return `vectors kept in ${store.kind}, ${sum("hits")} hits and ${sum("misses")} misses so far`;
	} catch (thrown) {
		return `vectors are not kept (${toAppError(thrown).message})`;
	} finally {
		await store.close();
	}
}
