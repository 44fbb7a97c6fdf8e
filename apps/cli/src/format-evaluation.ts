/** The parts of an evaluation that are printed; numbers in [0, 1], null where no truth tells. */
export interface PrintedEvaluation {
	sets: readonly PrintedSet[];
}

type Figures = Readonly<Record<string, number | null>>;

interface PrintedSet {
	set: string;
	captures: number;
	errors: number;
	figures: Figures;
	calibration: Readonly<Record<string, { reports: number; judged: number; right: number | null }>>;
	p50Ms: number | null;
	p95Ms: number | null;
	rows: readonly { id: string; error?: string }[];
	ablations: readonly { name: string; affected: number; figures: Figures }[];
}

const TITLES: readonly (readonly [string, string])[] = [
	["ac1", "AC@1"],
	["ac3", "AC@3"],
	["ac5", "AC@5"],
	["avg5", "Avg@5"],
	["mrr", "MRR"],
	["verdict", "verdict"],
	["specificity", "specificity"],
	["category", "category"],
	["change", "change"],
	["decoy", "decoys"],
];

/** Errors that are told per set; the rest are in the JSON. */
const TOLD_ERRORS = 5;

/** One table per set: all evidence first, then each ablation; columns that no truth tells of are left out. */
export function formatEvaluation({ sets }: PrintedEvaluation): string {
	return `${sets.map(formatSet).join("\n\n")}\n`;
}

function formatSet(set: PrintedSet): string {
	const shown = TITLES.filter(([key]) => (set.figures[key] ?? null) !== null);
	const cells = (figures: Figures): string[] => shown.map(([key]) => share(figures[key] ?? null));
	const table = [
		["", ...shown.map(([, title]) => title), "captures"],
		["all evidence", ...cells(set.figures), String(set.captures)],
		...set.ablations.map((a) => [a.name, ...cells(a.figures), `${a.affected} affected`]),
	];
	const failed = set.rows.filter((row) => row.error !== undefined);
	return [
		`${set.set}: ${set.captures} captures, ${set.errors} errors, p50 ${seconds(set.p50Ms)}, p95 ${seconds(set.p95Ms)}`,
		...align(table).map((line) => `  ${line}`),
		`  right where ${Object.entries(set.calibration)
			.map(
				([name, { reports, judged, right }]) => `${name}: ${share(right)} of ${judged}${judged === reports ? "" : ` (${reports} reports)`}`,
			)
			.join(", ")}`,
		...failed.slice(0, TOLD_ERRORS).map((row) => `  error in ${row.id}: ${row.error}`),
		...(failed.length > TOLD_ERRORS ? [`  and ${failed.length - TOLD_ERRORS} more errors`] : []),
	].join("\n");
}

const share = (value: number | null): string => (value === null ? "-" : value.toFixed(3));
const seconds = (ms: number | null): string => (ms === null ? "-" : `${(ms / 1000).toFixed(2)} s`);

/** The first column to the left, the others to the right. */
export function align(rows: readonly (readonly string[])[]): string[] {
	const widths = rows[0]?.map((_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0))) ?? [];
	return rows.map((row) => row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0))).join("  "));
}
