import type { ScoredCause } from "./rank-causes.ts";

/**
 * The causes in another order, those that it does not name after it as they were. The k-th keeps the score that the k-th had: what scores mean does
 * not change with who has them. The new first is no longer taken as another's victim.
 */
export function inOrder(causes: readonly ScoredCause[], order: readonly string[]): ScoredCause[] {
	const place = new Map(order.map((name, at) => [name, at]));
	const sorted = causes.toSorted((a, b) => (place.get(a.candidate) ?? order.length) - (place.get(b.candidate) ?? order.length));
	return sorted.map((cause, at) => {
		const victimOf = at === 0 ? undefined : cause.victimOf;
		return { ...cause, score: causes[at]?.score ?? 0, victimOf };
	});
}
