import { EMPTY_TOPOLOGY, type EvidenceSet, isSpan, SIGNAL_KINDS, type Signal } from "@faultline/contracts";
import { METHODS, type Method } from "@faultline/correlation";

/** Every method in turn, as an ablation names it. */
export const METHOD_ABLATIONS: readonly { name: string; method: Method }[] = METHODS.map((method) => ({
	name: `without method: ${method}`,
	method,
}));

/** Evidence with something taken away; the same object where there was nothing to take. */
export interface Ablation {
	name: string;
	apply(evidence: EvidenceSet): EvidenceSet;
}

/** Each kind of evidence and each source removed, the graph removed, the alert told a minute early or late. */
export function ablationsOf(sources: readonly string[]): Ablation[] {
	const kinds = SIGNAL_KINDS.map((kind) => ({ name: `without ${kind}s`, apply: keepSignals((signal) => signal.kind !== kind) }));
	// Of one source alone nothing would be left.
	const each = sources.length < 2 ? [] : sources.map((source) => ({ name: `without source ${source}`, apply: withoutSource(source) }));
	return [
		...kinds,
		{ name: "without metrics", apply: withoutMetrics },
		{ name: "without baseline metrics", apply: (e) => (e.baselineSeries.length === 0 ? e : { ...e, baselineSeries: [] }) },
		...each,
		{ name: "without the graph", apply: withoutGraph },
		{ name: "alert 60 s earlier", apply: shiftAlert(-60_000) },
		{ name: "alert 60 s later", apply: shiftAlert(60_000) },
	];
}

/** The sources that evidence came from. */
export function sourcesOf(evidence: EvidenceSet): Set<string> {
	return new Set([...evidence.signals, ...evidence.series, ...evidence.baselineSeries].map((record) => record.source));
}

function keepSignals(keep: (signal: Signal) => boolean): Ablation["apply"] {
	return (evidence) => (evidence.signals.every(keep) ? evidence : { ...evidence, signals: evidence.signals.filter(keep) });
}

const withoutMetrics: Ablation["apply"] = (evidence) =>
	evidence.series.length + evidence.baselineSeries.length === 0 ? evidence : { ...evidence, series: [], baselineSeries: [] };

function withoutSource(source: string): Ablation["apply"] {
	const other = (record: { source: string }): boolean => record.source !== source;
	return (evidence) =>
		sourcesOf(evidence).has(source)
			? {
					...evidence,
					signals: evidence.signals.filter(other),
					series: evidence.series.filter(other),
					baselineSeries: evidence.baselineSeries.filter(other),
				}
			: evidence;
}

/** No topology, and no span knows its parent: what spans say of their own service stays. */
const withoutGraph: Ablation["apply"] = (evidence) => {
	const { nodes, edges } = evidence.topology;
	if (nodes.length + edges.length === 0 && !evidence.signals.some((s) => isSpan(s) && s.span.parentId !== undefined)) return evidence;
	return { ...evidence, topology: EMPTY_TOPOLOGY, signals: evidence.signals.map(withoutParent) };
};

function withoutParent(signal: Signal): Signal {
	if (!isSpan(signal) || signal.span.parentId === undefined) return signal;
	const { parentId: _, ...span } = signal.span;
	return { ...signal, span };
}

/** The time at which someone was paged, and of the alerts themselves. */
function shiftAlert(ms: number): Ablation["apply"] {
	const shift = (time: string): string => new Date(Date.parse(time) + ms).toISOString();
	return (evidence) => {
		if (evidence.alertTime === undefined && !evidence.signals.some((s) => s.kind === "alert")) return evidence;
		const signals = evidence.signals.map((s) => (s.kind === "alert" ? { ...s, time: shift(s.time) } : s));
		return {
			...evidence,
			...(evidence.alertTime === undefined ? {} : { alertTime: shift(evidence.alertTime) }),
			signals: signals.sort((a, b) => Date.parse(a.time) - Date.parse(b.time)),
		};
	};
}
