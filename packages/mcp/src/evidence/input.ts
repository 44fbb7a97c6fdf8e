import type { Window } from "@faultline/contracts";
import { parseWindow } from "@faultline/contracts";
import { z } from "zod";

/** What every tool that returns evidence takes; spread into its own input schema. */
export const evidenceInput = {
	from: z.string().max(60).optional().describe('Start: ISO 8601 with zone, or relative ("-30m", the default).'),
	to: z.string().max(60).optional().describe('End, exclusive; default "now".'),
	limit: z.int().min(1).max(1000).default(50).describe("Most records on a page."),
	cursor: z.string().max(4096).optional().describe("nextCursor of the page before; keep the other arguments."),
	detail: z.enum(["concise", "full"]).default("concise").describe("Of the text; the data is whole."),
};

export const EvidenceInput = z.object(evidenceInput);
export type EvidenceInput = z.output<typeof EvidenceInput>;

/** The window that was asked for, as instants; `now` in milliseconds since the epoch. */
export function windowOf(input: { from?: string | undefined; to?: string | undefined }, now: number): Window {
	return parseWindow(input, now);
}
