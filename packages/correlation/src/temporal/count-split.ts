export interface Counted {
	/** Milliseconds since the epoch. */
	at: number;
	/** Which stream: a template of a service, an operation. */
	key: string;
	n: number;
}

export interface CountSplit {
	at: number;
	/** Log-likelihood gained by letting the streams' shares differ before and after, less the penalty, in nats. */
	gain: number;
	/** The stream that gains most. */
	stream: string;
}

/** Nats that a stream must gain to count: half of ln n would be BIC; the constant keeps rare streams quiet. */
const PENALTY = 6;

/**
 * The moment that splits many counted streams best, whatever the total load does.
 *
 *   G(t) = sum_k max(0, LR_k(t) - c),   LR_k = a ln(a / (N p)) + b ln(b / (N' p)) over shares p of stream k in all that was counted
 *
 * A likelihood ratio test of one change in Poisson counts, conditional on the totals N before and N' after (Kulldorff's statistic, "A spatial scan
 * statistic", 1997, in one dimension). Cost O(records + streams x bins). Undefined where there is too little to split.
 */
export function countSplit(records: readonly Counted[], bins = 60): CountSplit | undefined {
	const [low, high] = denseRange(records);
	if (!(high > low) || records.length < 40) return undefined;
	const size = (high - low) / bins;
	const counts = new Map<string, Float64Array>();
	const totals = new Float64Array(bins);
	for (const { at, key, n } of records) {
		if (at < low || at > high) continue;
		const bin = Math.min(bins - 1, Math.floor((at - low) / size));
		let stream = counts.get(key);
		if (stream === undefined) {
			stream = new Float64Array(bins);
			counts.set(key, stream);
		}
		stream[bin] = (stream[bin] as number) + n;
		totals[bin] = (totals[bin] as number) + n;
	}
	const before = cumulative(totals);
	const all = before[bins] as number;
	const gains = new Float64Array(bins);
	const top: { gain: number; key: string }[] = Array.from({ length: bins }, () => ({ gain: 0, key: "" }));
	for (const [key, stream] of counts) {
		const sums = cumulative(stream);
		const total = sums[bins] as number;
		for (let b = 1; b < bins; b++) {
			const n = before[b] as number;
			if (n < all * 0.1 || n > all * 0.97) continue;
			const gain = likelihoodRatio(sums[b] as number, n, total - (sums[b] as number), all - n) - PENALTY;
			if (gain <= 0) continue;
			gains[b] = (gains[b] as number) + gain;
			if (gain > (top[b]?.gain ?? 0)) top[b] = { gain, key };
		}
	}
	let best = 0;
	for (let b = 1; b < bins; b++) if ((gains[b] as number) > (gains[best] as number)) best = b;
	if ((gains[best] as number) <= 0) return undefined;
	return {
		at: low + best * size,
		gain: gains[best] as number,
		stream: (top[best]?.key ?? "").split("\u0000").slice(0, 2).join(": ").slice(0, 120),
	};
}

/** The last stretch of records without a silence of more than a quarter of everything: what lies before a long silence is another day's. */
function denseRange(records: readonly Counted[]): [number, number] {
	const times = Float64Array.from(records, (r) => r.at).sort();
	if (times.length < 2) return [0, 0];
	const high = times[times.length - 1] as number;
	const gap = (high - (times[0] as number)) / 4;
	let low = times[0] as number;
	for (let i = times.length - 1; i > 0; i--) {
		if ((times[i] as number) - (times[i - 1] as number) > gap && times.length - i > times.length * 0.3) {
			low = times[i] as number;
			break;
		}
	}
	return [low, high];
}

function likelihoodRatio(a: number, n: number, b: number, m: number): number {
	const p = (a + b) / (n + m);
	return part(a, n * p) + part(b, m * p);
}

const part = (seen: number, expected: number): number => (seen > 0 && expected > 0 ? seen * Math.log(seen / expected) : 0);

function cumulative(values: Float64Array): Float64Array {
	const sums = new Float64Array(values.length + 1);
	for (let i = 0; i < values.length; i++) sums[i + 1] = (sums[i] as number) + (values[i] as number);
	return sums;
}
