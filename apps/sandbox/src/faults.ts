import type { IncomingMessage, ServerResponse } from "node:http";
import type { UpstreamName } from "./sandbox.ts";

/** How a source can be made to fail; "ok" mends it. "refuse" is done by the listener, which stops listening. */
export const FAULT_MODES = ["ok", "refuse", "hang", "401", "403", "429", "500", "garbage"] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

export interface PlannedFault {
	source: UpstreamName;
	mode: FaultMode;
	/** Seconds after the start. */
	after: number;
}

/** "grafana=hang@5": the mode of a source, from so many seconds after the start. Undefined where it is not one. */
export function parseFault(text: string, sources: readonly UpstreamName[]): PlannedFault | undefined {
	const [, name, modeText, after] = /^([a-z]+)=([a-z0-9]+)(?:@(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
	const source = sources.find((s) => s === name);
	const mode = FAULT_MODES.find((m) => m === modeText);
	return source && mode ? { source, mode, after: Number(after ?? 0) } : undefined;
}

/** Answers a request the way a broken upstream would. Never ends the answer of "hang". */
export function answerBroken(mode: Exclude<FaultMode, "ok" | "refuse">, request: IncomingMessage, response: ServerResponse): void {
	request.resume();
	if (mode === "hang") return;
	if (mode === "garbage") {
		response.writeHead(200, { "content-type": "application/json" }).end('{"unfinished": [1, 2, <html>\u0000');
		return;
	}
	const text = { 401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests", 500: "Internal Server Error" }[mode];
	response.writeHead(Number(mode), { "content-type": "text/plain", ...(mode === "429" ? { "retry-after": "1" } : {}) }).end(text);
}
