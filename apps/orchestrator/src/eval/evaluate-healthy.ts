import type { EvidenceSet } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { cutHealthy } from "./cut-healthy.ts";
import type { FoundCapture } from "./find-captures.ts";
import type { Judged } from "./score-report.ts";
import { readTruth } from "./truth.ts";

export interface HealthyResult {
	set: string;
	/** Where the windows were cut from. */
	from: string;
	windows: number;
	/** Of these, called incidents; errors are told apart. */
	incidents: number;
	errors: number;
	/** The windows called incidents, by capture and time, with the first cause that the report names. */
	called: { capture: string; window: string; first: string | null }[];
}

export interface EvaluateHealthyOptions {
	analyze(evidence: EvidenceSet): Promise<Judged>;
	/** Length of a window, milliseconds. */
	lengthMs: number;
	onCapture?: (capture: FoundCapture, done: number, of: number) => void;
}

/** Analyses every healthy window of the captures, each window's data once. @throws BAD_INPUT where a capture or a truth cannot be read */
export async function evaluateHealthy(captures: readonly FoundCapture[], options: EvaluateHealthyOptions): Promise<HealthyResult[]> {
	const results = new Map<string, HealthyResult>();
	const seen = new Set<string>();
	for (const [i, capture] of captures.entries()) {
		options.onCapture?.(capture, i, captures.length);
		const truth = await readTruth(capture.directory);
		const evidence = await readCapture(capture.directory);
		const injectedAt = injectionOf(truth?.injectTime);
		for (const window of cutHealthy(evidence, { lengthMs: options.lengthMs, injectedAt, healthy: truth?.healthy === true })) {
			const key = `${capture.set}\u0000${window.from}\u0000${window.key}`;
			if (seen.has(key)) continue;
			seen.add(key);
			const name = `${capture.set}\u0000${window.from}`;
			const result = results.get(name) ?? { set: capture.set, from: window.from, windows: 0, incidents: 0, errors: 0, called: [] };
			results.set(name, result);
			result.windows++;
			try {
				const { verdict, rootCauses } = await options.analyze(window.evidence);
				if (verdict === "no-incident") continue;
				result.incidents++;
				const { from, to } = window.evidence.window;
				result.called.push({ capture: capture.id, window: `${from} to ${to}`, first: rootCauses[0]?.resource ?? null });
			} catch {
				result.errors++;
			}
		}
	}
	return [...results.values()];
}

/** A time without a zone is UTC. */
function injectionOf(text: string | null | undefined): number | undefined {
	if (text === undefined || text === null) return undefined;
	const at = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(" ", "T")}Z`);
	return Number.isFinite(at) ? at : undefined;
}
