import type { Lead } from "../evidence/lead.ts";
import { wordsOf } from "../graph/names.ts";

/** Words that every report has. */
const EMPTY = new Set(
	"the and for with from that this was are has have been not per its into usually calls call before times never service services error errors failed failure request requests response http https info warn warning level expected spans fail without failing callee takes step own time between neither spends while above below high low count rate ratio total average sum p50 p90 p95 p99 min max sec seconds deploy version log message utc api get post put delete".split(
		" ",
	),
);

/** What the fault speaks of: each word with how loudly, from the abnormal things at the likely causes and around them. */
export function faultWords(leads: readonly Lead[], closeness: (candidate: string) => number): Map<string, number> {
	const words = new Map<string, number>();
	for (const lead of leads) {
		const by = lead.strength * Math.max(0.2, closeness(lead.candidate));
		for (const word of new Set([...wordsOf(lead.text), ...wordsOf(lead.subject)])) {
			if (word.length < 3 || EMPTY.has(word) || /^[0-9a-f]{6,}$|^\d/.test(word)) continue;
			const stem = stemOf(word);
			words.set(stem, Math.max(words.get(stem) ?? 0, by));
		}
	}
	return words;
}

/** English endings off, roughly: "connections" and "connection", "expired" and "expiry". */
export function stemOf(word: string): string {
	if (word.length <= 4) return word;
	return word.replace(/(?:ations?|ions?|ings?|ers?|ies|ied|ed|es|s|y|e)$/, "");
}
