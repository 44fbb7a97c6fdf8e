import type { Mechanism } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";
import { type Delivered, sameName } from "./deliveries.ts";
import { codeWords, type DiffLines } from "./parse-diff.ts";
import type { Risk } from "./risk-features.ts";

/** Characters of an error and its attributes that are looked at. */
const SEEN_CHARS = 4_000;
/** Faults that code causes by itself. */
const HOW: readonly Mechanism[] = ["exceptions", "bad-input", "crash-loop", "wrong-result"];
const COMMON = new Set([
	"error",
	"err",
	"context",
	"null",
	"undefined",
	"true",
	"false",
	"string",
	"object",
	"number",
	"value",
	"name",
	"message",
	"data",
	"type",
	"info",
	"get",
	"post",
]);
const QUOTED = /['"`\u2018\u201c]([A-Za-z_$][\w$.-]{2,60})['"`\u2019\u201d]/g;

/** What new errors of the fault name that the change touched: a file in their stack, or an identifier that it put in. */
export function namedByErrors(change: Delivered, lines: DiffLines, leads: readonly Lead[]): Risk | undefined {
	const text = errorsOf(leads.filter((l) => change.services.length === 0 || change.services.some((s) => sameName(s, l.candidate))));
	if (text === "" || change.files === undefined) return undefined;
	const file = change.files.map((f) => f.split("/").slice(-2).join("/")).find((f) => f.length >= 6 && STACK.test(text) && text.includes(f));
	if (file !== undefined) return { what: `changed ${file}, where the new errors come from`, mechanisms: HOW, weight: 0.95 };
	const gone = codeWords(lines.removed);
	const put = codeWords(lines.added);
	for (const [, word] of text.matchAll(QUOTED)) {
		const name = word?.toLowerCase() ?? "";
		if (name.length > 2 && !COMMON.has(name) && put.has(name) && !gone.has(name))
			return { what: `put in "${word}", which the new errors name`, mechanisms: HOW, weight: 0.9 };
	}
	return undefined;
}

const STACK = /\bat \S+.*:\d+|\bFile "|\.(?:go|py|rb|js|ts|java|kt|php|cs):\d+/;

function errorsOf(leads: readonly Lead[]): string {
	let text = "";
	for (const lead of leads) {
		if (lead.direction === "gone" || (lead.kind !== "template" && lead.kind !== "error" && lead.kind !== "span-errors")) continue;
		for (const cited of lead.cites)
			if ("body" in cited && cited.severity >= 17)
				text += `${cited.body.slice(0, SEEN_CHARS)}\n${Object.values(cited.attributes)
					.filter((v) => typeof v === "string")
					.join("\n")
					.slice(0, SEEN_CHARS)}\n`;
		if (text.length > 100_000) break;
	}
	return text;
}
