export interface Ranked {
	resource: string;
	score: number;
}

export interface RankingScore {
	/** hit[k - 1]: the chance that a right resource is among the first k. */
	hit: number[];
	/** Expected 1 / rank of the first right one. */
	reciprocalRank: number;
}

/**
 * Strict hits at k and the reciprocal rank, with ties by expectation: of n resources with equal scores, g of them right, in an order
 * drawn by lot, the first right one is at place j (from 1) with probability
 *
 *   P(j) = g/(n - j + 1) prod_{d < j} (n - g - d + 1)/(n - d + 1)
 *
 * A resource counts where it is named first; later mentions are dropped. An empty ranking scores 0.
 */
export function scoreRanking(ranking: readonly Ranked[], isRight: (resource: string) => boolean, k = 5): RankingScore {
	const first = new Map<string, number>();
	for (const { resource, score } of ranking) if (!first.has(resource)) first.set(resource, score);
	const rows = [...first].sort((a, b) => b[1] - a[1]);
	const best = rows.find(([resource]) => isRight(resource));
	const hit = new Array<number>(k).fill(0);
	if (best === undefined) return { hit, reciprocalRank: 0 };
	const above = rows.filter(([, score]) => score > best[1]).length;
	const tied = rows.filter(([, score]) => score === best[1]);
	const right = tied.filter(([resource]) => isRight(resource)).length;
	let reciprocalRank = 0;
	let noneYet = 1;
	for (let j = 1; j <= tied.length - right + 1; j++) {
		const here = (noneYet * right) / (tied.length - j + 1);
		noneYet -= here;
		reciprocalRank += here / (above + j);
		for (let at = above + j; at <= k; at++) hit[at - 1] = (hit[at - 1] as number) + here;
	}
	return { hit, reciprocalRank };
}

/** Whether a resource is the named one or one of its pods: the name, then "-" and generated letters with a digit among them. */
export function standsFor(resource: string, name: string): boolean {
	if (resource === name) return true;
	const rest = resource.startsWith(`${name}-`) ? resource.slice(name.length + 1) : "";
	return /^[a-z\d]+(?:-[a-z\d]+)*$/i.test(rest) && /\d/.test(rest);
}
