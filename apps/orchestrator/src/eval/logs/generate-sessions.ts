import { seededRandom } from "@faultline/contracts";
import type { LabelledSession } from "./evaluate-sessions.ts";

/** Share of the generated sessions that something happened to. */
const ANOMALOUS = 0.03;

/** Sessions of an invented order service with known anomalies: a failure, a step that is missing, one repeated, and steps in a wrong order. */
export function generateSessions(count: number, seed = 1): LabelledSession[] {
	const random = seededRandom(seed);
	const number = (below: number): number => Math.floor(random() * below);
	return Array.from({ length: count }, (_, i): LabelledSession => {
		const order = 10_000 + number(90_000);
		const items = 1 + number(4);
		const lines = [
			`order ${order} accepted from 10.0.${number(256)}.${number(256)}`,
			...Array.from({ length: items }, () => `order ${order}: reserved article ${number(5_000)}`),
			...(random() < 0.3 ? [`order ${order}: voucher applied`] : []),
			...Array.from({ length: random() < 0.15 ? 1 + number(2) : 0 }, () => `order ${order}: payment provider slow, asking again`),
			`order ${order}: paid ${number(20_000)} cents in ${5 + number(90)} ms`,
			...Array.from({ length: items }, () => `order ${order}: article ${number(5_000)} handed to the warehouse`),
			`order ${order} closed`,
		];
		const anomalous = random() < ANOMALOUS;
		return { id: String(i), anomalous, lines: anomalous ? withAnomaly(lines, number(4), order) : lines };
	});
}

function withAnomaly(lines: string[], kind: number, order: number): string[] {
	const paid = lines.findIndex((line) => line.includes(": paid "));
	if (kind === 0) return [...lines.slice(0, paid), `order ${order}: ledger refused the booking, order is stuck`];
	if (kind === 1) return lines.filter((_, i) => i !== paid);
	if (kind === 2)
		return [
			...lines.slice(0, paid),
			...new Array<string>(9).fill(`order ${order}: payment provider slow, asking again`),
			...lines.slice(paid),
		];
	return [lines[0] as string, ...lines.slice(1, -1).reverse(), lines.at(-1) as string];
}
