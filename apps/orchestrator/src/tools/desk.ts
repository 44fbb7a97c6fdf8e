import type { SourceHealth } from "../collect/source-health.ts";
import type { IncidentStore } from "../incidents/incident-store.ts";
import type { Investigations, Workbench } from "../jobs/investigations.ts";
import type { Relearning } from "../learned/confirm-incident.ts";

/** What the orchestrator's tools and routes work with. */
export interface Desk {
	bench: Workbench;
	investigations: Investigations;
	store: IncidentStore;
	/** Learns from what was confirmed. */
	relearning: Relearning;
	/** Asks each configured source what it can reach. @throws BAD_CONFIG */
	checkSources(signal: AbortSignal): Promise<SourceHealth[]>;
}

/** Clients give up on a call after 60 s, some of them earlier: every tool answers well before that. */
export const ANSWER_WITHIN_MS = 40_000;
