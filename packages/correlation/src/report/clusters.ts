import type { Analysis } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";
import type { EvidenceBook } from "./evidence-book.ts";

const MAX_CLUSTERS = 8;

/** The templates that appeared or burst, strongest first, for someone to name. */
export function clustersOf(leads: readonly Lead[], book: EvidenceBook): Analysis["clusters"] {
	const seen = new Set<string>();
	const clusters: Analysis["clusters"] = [];
	for (const { cluster, resource, strength, subject, cites } of leads.toSorted((a, b) => b.strength - a.strength)) {
		const example = cites[0];
		if (
			cluster === undefined ||
			strength < 0.1 ||
			example === undefined ||
			!("body" in example) ||
			seen.has(`${cluster.id}\u0000${resource}`)
		)
			continue;
		seen.add(`${cluster.id}\u0000${resource}`);
		clusters.push({
			id: `${cluster.id}@${resource}`,
			template: subject.slice(0, 240),
			example: example.body.slice(0, 240),
			resource,
			count: cluster.count,
			baselineCount: cluster.baselineCount,
			severity: cluster.severity,
			evidence: [book.cite(example)],
		});
		if (clusters.length >= MAX_CLUSTERS) break;
	}
	return clusters;
}
