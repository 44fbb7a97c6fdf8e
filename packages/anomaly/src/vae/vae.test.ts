import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import type { Rows } from "../rows.ts";
import { drawNormal } from "../testing/draw-set.ts";
import { fitVae, openVae, vaeFile } from "./vae.ts";

/** Rows whose features follow two hidden causes; `broken` ones have every third follow others. */
function together(seed: number, n: number, dimensions: number, broken = false): Rows {
	const random = seededRandom(seed);
	const normal = (): number => drawNormal(random);
	const weights = ((shape) => Array.from({ length: 2 * dimensions }, () => drawNormal(shape)))(seededRandom(77));
	const values = new Float64Array(n * dimensions);
	for (let i = 0; i < n; i++) {
		const causes = [normal(), normal()];
		const others = [normal(), normal()];
		for (let k = 0; k < dimensions; k++) {
			const [a, b] = (broken && k % 3 === 0 ? others : causes) as [number, number];
			values[i * dimensions + k] = 100 * k + 10 * ((weights[2 * k] as number) * a + (weights[2 * k + 1] as number) * b + 0.2 * normal());
		}
	}
	return { values, dimensions };
}

function auc(outliers: ArrayLike<number>, inliers: ArrayLike<number>): number {
	let wins = 0;
	for (const a of Array.from(outliers)) for (const b of Array.from(inliers)) wins += a > b ? 1 : a === b ? 0.5 : 0;
	return wins / (outliers.length * inliers.length);
}

describe("variational autoencoder", () => {
	it("sees features that stop going together, each of them within its range", async () => {
		const vae = await openVae(fitVae(together(1, 800, 12), { random: seededRandom(2) }));
		const healthy = await vae.score(together(3, 300, 12));
		const broken = await vae.score(together(4, 300, 12, true));
		expect(auc(broken.scores, healthy.scores)).toBeGreaterThan(0.95);
		await vae.close();
	});

	it("is repeatable by its seed, and scores do not depend on the batch", async () => {
		const fit = (seed: number) => fitVae(together(1, 100, 3), { random: seededRandom(seed), epochs: 5 });
		expect(fit(1)).toEqual(fit(1));
		expect(fit(1).parameters).not.toEqual(fit(2).parameters);
		const vae = await openVae(fit(1));
		const rows = together(5, 1_100, 3);
		const all = await vae.score(rows);
		const one = await vae.score({ values: rows.values.subarray(3 * 1_050, 3 * 1_051), dimensions: 3 });
		expect(one.scores[0]).toBeCloseTo(all.scores[1_050] as number, 4);
		await vae.close();
	});

	it("says which feature surprises, and what was expected of it", async () => {
		const vae = await openVae(fitVae(together(1, 600, 6), { random: seededRandom(2) }));
		const rows = together(6, 1, 6);
		rows.values[4] = (rows.values[4] as number) + 120;
		const { surprise, expected, scores } = await vae.score(rows);
		expect(surprise.indexOf(Math.max(...surprise))).toBe(4);
		expect(Math.abs((expected[4] as number) - 400)).toBeLessThan(60);
		expect(scores[0]).toBeCloseTo(
			surprise.reduce((sum, s) => sum + s, 0),
			4,
		);
		await vae.close();
	});

	it("keeps to the work it may do", () => {
		expect(fitVae(together(1, 400, 8), { random: seededRandom(1), work: 1 }).epochs).toBe(1);
	});

	it("stands constants, the largest numbers, and values far from any", async () => {
		const random = seededRandom(9);
		const values = Float64Array.from({ length: 3 * 60 }, (_, i) => [7, 1e300 * (random() - 0.5), 0][i % 3] as number);
		const vae = await openVae(fitVae({ values, dimensions: 3 }, { random, epochs: 10 }));
		const { scores } = await vae.score({ values: Float64Array.of(7, 0, 0, 9, 0, 0, 7, 1e308, 0, 7, 0, 1), dimensions: 3 });
		expect(scores.every(Number.isFinite)).toBe(true);
		for (const far of [1, 2, 3]) expect(scores[far]).toBeGreaterThan((scores[0] as number) + 0.5);
		await vae.close();
	});

	it("refuses a baseline that is too small or holds no numbers, and points of another shape", async () => {
		const random = seededRandom(1);
		expect(() => fitVae(together(1, 19, 2), { random })).toThrow(/19 points is too small/);
		expect(() => fitVae({ values: new Float64Array(80).fill(Number.NaN), dimensions: 2 }, { random })).toThrow(/NaN/);
		const vae = await openVae(fitVae(together(1, 30, 2), { random, epochs: 1 }));
		await expect(vae.score(together(1, 2, 3))).rejects.toThrow(/3 dimensions for an autoencoder of 2/);
		expect((await vae.score({ values: new Float64Array(0), dimensions: 2 })).scores).toHaveLength(0);
		await vae.close();
	});

	it("writes itself as a file that names what made it", () => {
		const file = vaeFile(fitVae(together(1, 30, 2), { random: seededRandom(1), epochs: 1 }));
		expect(Buffer.from(file).includes("faultline")).toBe(true);
	});
});
