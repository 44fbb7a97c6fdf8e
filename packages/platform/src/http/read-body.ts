import { AppError } from "@faultline/contracts";
import type { FailureContext } from "./failure.ts";

/** The body as text, at most `maxBytes` of it; a longer one is refused, and the rest is never read. */
export async function readText(response: Response, maxBytes: number, failure: FailureContext): Promise<string> {
	if (Number(response.headers.get("content-length") ?? 0) > maxBytes) {
		await response.body?.cancel();
		throw tooLarge(maxBytes, failure);
	}
	if (response.body === null) return "";
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of response.body) {
		size += chunk.byteLength;
		// leaving the loop cancels the stream
		if (size > maxBytes) throw tooLarge(maxBytes, failure);
		chunks.push(chunk);
	}
	return new TextDecoder().decode(Buffer.concat(chunks, size));
}

export function parseJson(text: string, response: Response, failure: FailureContext): unknown {
	if (text.trim() === "") return undefined;
	try {
		return JSON.parse(text);
	} catch {
		const isPage = (response.headers.get("content-type") ?? "").includes("html") || text.trimStart().startsWith("<");
		throw new AppError(
			"BAD_RESPONSE",
			`${failure.source} answered ${isPage ? "a web page" : "something that is not JSON"} at ${failure.url}`,
			{
				hint:
					failure.hints.BAD_RESPONSE ??
					(isPage
						? "the URL may lack a sub-path, or a proxy or sign-in page stands in front of the API"
						: "check that the URL is that of the API"),
			},
		);
	}
}

function tooLarge(maxBytes: number, failure: FailureContext): AppError {
	return new AppError("BAD_RESPONSE", `${failure.source} answered more than ${Math.round(maxBytes / 1024)} KiB at ${failure.url}`, {
		hint: "ask for a shorter window or a lower limit",
	});
}
