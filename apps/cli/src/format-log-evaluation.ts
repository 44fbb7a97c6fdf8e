type Figures = Readonly<Record<string, number>>;
type Clusters = Readonly<{ silhouette: number; daviesBouldin: number; clusters: number; noise: number }>;

export interface PrintedSessionEvaluation {
	baseline: number;
	judged: number;
	anomalous: number;
	rows: readonly { name: string; figures: object }[];
	clusters: { byLabel: Clusters; byHdbscan: Clusters };
	notes: readonly string[];
}

const TITLES: readonly (readonly [string, string])[] = [
	["auc", "AUC"],
	["ap", "AP"],
	["precision", "P"],
	["recall", "R"],
	["f1", "F1"],
	["fpr", "FPR"],
	["mcc", "MCC"],
];

/** One row for each detector and each ensemble. */
export function formatSessionEvaluation({ baseline, judged, anomalous, rows, clusters, notes }: PrintedSessionEvaluation): string {
	const by = baseline === 0 ? "no baseline: one unlabelled batch" : `baseline of ${baseline} healthy sessions`;
	const table = rows.map(({ name, figures }) => [name, ...TITLES.map(([key]) => figure((figures as Figures)[key]))]);
	const cluster = (name: string, c: Clusters): string[] => [
		name,
		figure(c.silhouette),
		figure(c.daviesBouldin),
		String(c.clusters),
		String(c.noise),
	];
	return [
		`${judged} sessions, ${anomalous} anomalous; ${by}`,
		"",
		...align([["", ...TITLES.map(([, title]) => title)], ...table]),
		"",
		...align([
			["clusters of distinct counts", "silhouette", "Davies-Bouldin", "clusters", "noise"],
			cluster("by label", clusters.byLabel),
			cluster("by HDBSCAN", clusters.byHdbscan),
		]),
		...notes.map((note) => `\nNote: ${note}`),
		"",
	].join("\n");
}

interface PrintedInjection {
	name: string;
	cleanWindows: number;
	naturalFaults: number;
	labelFreeFalsePositives: number;
	kinds: readonly { kind: string; injected: number; detector: number; ensemble: number; labelFree: number }[];
}

/** Recall by kind and system: by the kind's own detector, and by all at the label-free threshold. */
export function formatInjection({ systems, all }: { systems: readonly PrintedInjection[]; all: PrintedInjection }): string {
	const table = (
		title: string,
		share: (kind: PrintedInjection["kinds"][number]) => number,
		last: (of: PrintedInjection) => string,
	): string[] =>
		align([
			[title, ...all.kinds.map(({ kind }) => kind), "clean windows"],
			...[...systems, all].map((of) => [of.name, ...of.kinds.map((kind) => figure(share(kind))), last(of)]),
		]);
	return [
		...table(
			"recall at 0.5 % FP",
			({ detector }) => detector,
			({ cleanWindows, naturalFaults }) => `${cleanWindows}, ${naturalFaults} with faults of their own`,
		),
		"",
		...table(
			"all detectors, 0.5 % FP",
			({ ensemble }) => ensemble,
			({ cleanWindows }) => String(cleanWindows),
		),
		"",
		...table(
			"label-free threshold",
			({ labelFree }) => labelFree,
			({ labelFreeFalsePositives }) => `FPR ${figure(labelFreeFalsePositives)}`,
		),
		"",
		`faults injected: ${all.kinds.map(({ kind, injected }) => `${kind} ${injected}`).join(", ")}`,
		"",
	].join("\n");
}

const figure = (value: number | undefined): string =>
	value === undefined || Number.isNaN(value) ? "-" : value.toFixed(value < 0.01 && value > 0 ? 4 : 3);

function align(rows: readonly (readonly string[])[]): string[] {
	const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
	return rows.map((row) =>
		row
			.map((cell, c) => (c === 0 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0)))
			.join("  ")
			.trimEnd(),
	);
}
