import type { Rows } from "@faultline/anomaly";

export interface ClusterFigures {
	/** Mean silhouette of the points in clusters, in [-1, 1] (Rousseeuw 1987); NaN for fewer than two clusters. */
	silhouette: number;
	/** Davies & Bouldin 1979: smaller is better separated; NaN for fewer than two clusters. */
	daviesBouldin: number;
	clusters: number;
	/** Points in no cluster. */
	noise: number;
}

/** Euclidean; points labelled below 0 are in no cluster. O(n^2 d). */
export function clusterFigures(rows: Rows, labels: ArrayLike<number>): ClusterFigures {
	const members = new Map<number, number[]>();
	for (let i = 0; i < labels.length; i++) {
		const label = labels[i] as number;
		if (label < 0) continue;
		const known = members.get(label);
		if (known === undefined) members.set(label, [i]);
		else known.push(i);
	}
	const clusters = [...members.values()];
	const noise = labels.length - clusters.reduce((sum, { length }) => sum + length, 0);
	if (clusters.length < 2) return { silhouette: Number.NaN, daviesBouldin: Number.NaN, clusters: clusters.length, noise };
	return { silhouette: silhouette(rows, clusters), daviesBouldin: daviesBouldin(rows, clusters), clusters: clusters.length, noise };
}

function silhouette(rows: Rows, clusters: readonly (readonly number[])[]): number {
	let sum = 0;
	let points = 0;
	for (const own of clusters) {
		for (const i of own) {
			points++;
			// A cluster of one has a silhouette of 0.
			if (own.length === 1) continue;
			const to = clusters.map((other) => other.reduce((total, j) => total + distance(rows, i, j), 0));
			const a = (to[clusters.indexOf(own)] as number) / (own.length - 1);
			const b = Math.min(...clusters.flatMap((other, c) => (other === own ? [] : [(to[c] as number) / other.length])));
			sum += Math.max(a, b) === 0 ? 0 : (b - a) / Math.max(a, b);
		}
	}
	return sum / points;
}

function daviesBouldin(rows: Rows, clusters: readonly (readonly number[])[]): number {
	const { dimensions, values } = rows;
	const centres = clusters.map((of) => {
		const centre = new Float64Array(dimensions);
		for (const i of of)
			for (let d = 0; d < dimensions; d++) centre[d] = (centre[d] as number) + (values[i * dimensions + d] as number) / of.length;
		return centre;
	});
	const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
		let sum = 0;
		for (let d = 0; d < dimensions; d++) sum += ((a[d] as number) - (b[d] as number)) ** 2;
		return Math.sqrt(sum);
	};
	const spreads = clusters.map(
		(of, c) =>
			of.reduce((sum, i) => sum + apart(values.subarray(i * dimensions, (i + 1) * dimensions), centres[c] as Float64Array), 0) / of.length,
	);
	const worst = centres.map((centre, i) =>
		Math.max(
			...centres.flatMap((other, j) =>
				i === j ? [] : [((spreads[i] as number) + (spreads[j] as number)) / (apart(centre, other) || Number.EPSILON)],
			),
		),
	);
	return worst.reduce((sum, x) => sum + x, 0) / worst.length;
}

function distance({ values, dimensions }: Rows, i: number, j: number): number {
	let sum = 0;
	for (let d = 0; d < dimensions; d++) sum += ((values[i * dimensions + d] as number) - (values[j * dimensions + d] as number)) ** 2;
	return Math.sqrt(sum);
}
