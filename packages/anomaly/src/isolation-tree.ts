import type { Random } from "@faultline/contracts";
import { averagePath, LEAF } from "./isolation-forest.ts";
import type { Rows } from "./rows.ts";

/** Grows a tree over rows `order` (which it rearranges), writes it to the end of the forest, and returns its root's position. */
export function growTree(forest: number[], rows: Rows, order: Int32Array, levels: number, random: Random): number {
	const at = forest.length;
	forest.push(LEAF, averagePath(order.length), 0, 0);
	if (levels === 0 || order.length <= 1) return at;
	const split = chooseSplit(rows, order, random);
	if (split === undefined) return at;
	const middle = partition(rows, order, split);
	forest[at] = split.feature;
	forest[at + 1] = split.value;
	forest[at + 2] = growTree(forest, rows, order.subarray(0, middle), levels - 1, random);
	forest[at + 3] = growTree(forest, rows, order.subarray(middle), levels - 1, random);
	return at;
}

interface Split {
	feature: number;
	value: number;
}

/** A feature that varies, and a value above its least and at most its greatest. */
function chooseSplit({ values, dimensions }: Rows, order: Int32Array, random: Random): Split | undefined {
	const candidates = Array.from({ length: dimensions }, (_, feature) => feature);
	while (candidates.length > 0) {
		const at = Math.floor(random() * candidates.length);
		const feature = candidates[at] as number;
		let least = Number.POSITIVE_INFINITY;
		let greatest = Number.NEGATIVE_INFINITY;
		for (const row of order) {
			const x = values[row * dimensions + feature] as number;
			if (x < least) least = x;
			if (x > greatest) greatest = x;
		}
		if (least < greatest) {
			const share = random();
			// Not greatest - share * (greatest - least): that difference may overflow.
			return { feature, value: Math.max((1 - share) * greatest + share * least, nextAbove(least, greatest)) };
		}
		candidates[at] = candidates[candidates.length - 1] as number;
		candidates.pop();
	}
	return undefined;
}

/** Rounding must not leave one side empty. */
const nextAbove = (least: number, greatest: number): number => Math.min(greatest, least + Math.abs(least) * Number.EPSILON);

/** Rows below the split value to the front, in order; returns how many. */
function partition({ values, dimensions }: Rows, order: Int32Array, { feature, value }: Split): number {
	const right: number[] = [];
	let left = 0;
	for (const row of order)
		if ((values[row * dimensions + feature] as number) < value) order[left++] = row;
		else right.push(row);
	order.set(right, left);
	return left;
}
