import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EvidenceSet } from "@faultline/contracts";
import { normalise } from "@faultline/orchestrator/analyze/normalise";
import { groupTemplates } from "@faultline/orchestrator/analyze/templates";
import { unpackEvidence } from "@faultline/orchestrator/incidents/evidence-file";
import { prepare } from "@faultline/orchestrator/pipeline";

/** What an investigation collected, as it was kept in its data folder. */
export function keptEvidence(dataDir: string, incident: string): EvidenceSet {
	const file = readdirSync(join(dataDir, "evidence")).find((name) => name.startsWith(incident));
	if (file === undefined) throw new Error(`no evidence of ${incident}`);
	return unpackEvidence(readFileSync(join(dataDir, "evidence", file)));
}

/** Occurrences of each template at each service: in the one evidence, and in the other as several sources told it, one by one and matched. */
export async function templateCounts(
	capture: EvidenceSet,
	live: EvidenceSet,
): Promise<Map<string, Record<"capture" | "told" | "matched", number>>> {
	const matched = (await prepare(live)).situation.evidence;
	const parts = { capture: normalise(capture), told: normalise(live), matched };
	const named = Object.entries(parts).flatMap(([part, { signals }]) => signals.map((s) => ({ ...s, id: `${part}|${s.id}` })));
	const lines = named.filter(({ kind }) => kind === "log" || kind === "error");
	const templates = groupTemplates({ ...capture, signals: lines });
	const counts = new Map<string, Record<"capture" | "told" | "matched", number>>();
	for (const { id, service, resource, count } of lines) {
		const key = `${service ?? resource}: ${templates.text(templates.of(id) ?? "")}`;
		const tally = counts.get(key) ?? { capture: 0, told: 0, matched: 0 };
		counts.set(key, tally);
		tally[id.slice(0, id.indexOf("|")) as keyof typeof tally] += count;
	}
	return counts;
}
