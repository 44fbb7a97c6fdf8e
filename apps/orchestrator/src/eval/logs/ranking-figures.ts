/** How well scores and calls fit labels. Every share is NaN where it is a share of nothing. */
export interface RankingFigures {
	/** Average precision, ties broken by expectation over groups of equal scores. */
	ap: number;
	/** Area under the receiver operating characteristic (Mann-Whitney), ties half. */
	auc: number;
	precision: number;
	recall: number;
	f1: number;
	/** False positives as a share of what is healthy. */
	fpr: number;
	/** Matthews' correlation coefficient. */
	mcc: number;
}

export interface Labelled {
	score: number;
	called: boolean;
	anomalous: boolean;
}

export function rankingFigures(rows: readonly Labelled[]): RankingFigures {
	const tp = rows.filter((row) => row.called && row.anomalous).length;
	const fp = rows.filter((row) => row.called && !row.anomalous).length;
	const fn = rows.filter((row) => !row.called && row.anomalous).length;
	const tn = rows.length - tp - fp - fn;
	const root = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
	return {
		...areas(rows),
		precision: tp / (tp + fp),
		recall: tp / (tp + fn),
		f1: (2 * tp) / (2 * tp + fp + fn),
		fpr: fp / (fp + tn),
		mcc: root === 0 ? 0 : (tp * tn - fp * fn) / root,
	};
}

function areas(rows: readonly Labelled[]): { ap: number; auc: number } {
	const sorted = rows.toSorted((a, b) => b.score - a.score);
	const positives = sorted.filter((row) => row.anomalous).length;
	const negatives = sorted.length - positives;
	let [above, seen, ap, pairs] = [0, 0, 0, 0];
	for (let from = 0; from < sorted.length; ) {
		let to = from + 1;
		while (to < sorted.length && sorted[to]?.score === sorted[from]?.score) to++;
		const group = sorted.slice(from, to).filter((row) => row.anomalous).length;
		const healthy = to - from - group;
		// Each healthy one of this group has all positives above it, and half of those beside it.
		pairs += healthy * (above + group / 2);
		above += group;
		seen = to;
		ap += group * (above / seen);
		from = to;
	}
	return { ap: ap / positives, auc: pairs / (positives * negatives) };
}
