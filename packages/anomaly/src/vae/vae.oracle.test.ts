import { readFileSync } from "node:fs";
import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { drawNormal } from "../testing/draw-set.ts";
import { askOracle, pythonWith } from "../testing/scientific-python.ts";
import { createNetwork } from "./network.ts";
import { standardise } from "./standardise.ts";
import { fitVae, openVae, type VaeModel } from "./vae.ts";

interface Case {
	model: Pick<VaeModel, "shape"> & { parameters: number[]; noise: number[] };
	x: number[];
	noise: number[];
	surprise: number[];
	expected: number[];
	loss: number;
	gradient: number[];
}
/** PyTorch's figures; oracle/make_vae.py made them. */
const { cases } = JSON.parse(readFileSync(new URL("../../oracle/vae.json", import.meta.url), "utf8")) as { cases: Case[] };

/** The model of a case, over rows that are standardised already. */
const asModel = ({ shape, parameters, noise }: Case["model"]): VaeModel => ({
	shape,
	standard: { centre: new Float64Array(shape.dimensions), scale: new Float64Array(shape.dimensions).fill(1) },
	parameters: Float32Array.from(parameters),
	noise: Float32Array.from(noise),
	heldOut: new Int32Array(0),
	epochs: 0,
	loss: 0,
});

function expectClose(ours: ArrayLike<number>, theirs: number[]): void {
	theirs.forEach((value, i) => void expect(Math.abs((ours[i] ?? Number.NaN) - value)).toBeLessThan(1e-3 * Math.max(1, Math.abs(value))));
}

describe("variational autoencoder against PyTorch with the same weights", () => {
	it.each(cases)("the ONNX graph's outputs, $model.shape.dimensions dimensions", async ({ model, x, surprise, expected }) => {
		const vae = await openVae(asModel(model));
		const ours = await vae.score({ values: Float64Array.from(x), dimensions: model.shape.dimensions });
		expectClose(ours.surprise, surprise);
		expectClose(ours.expected, expected);
		await vae.close();
	});

	it.each(cases)("loss and gradient, $model.shape.dimensions dimensions", ({ model, x, noise, loss, gradient }) => {
		const rows = x.length / model.shape.dimensions;
		const step = createNetwork(model.shape, rows);
		const ours = step(Float64Array.from(model.parameters), Float64Array.from(x), Float64Array.from(noise), rows, true);
		expect(ours.loss / loss).toBeCloseTo(1, 9);
		gradient.forEach((g, i) => void expect(Math.abs((ours.gradient[i] ?? Number.NaN) - g)).toBeLessThan(1e-8 * Math.max(1, Math.abs(g))));
	});

	const python = pythonWith("import torch");
	it.skipIf(python === undefined)(
		"a model trained now, by the PyTorch that is here (skipped where Python has none)",
		async () => {
			const random = seededRandom(8);
			const values = Float64Array.from({ length: 300 * 6 }, (_, i) => 50 * (i % 6) + drawNormal(random));
			const rows = { values, dimensions: 6 };
			const model = fitVae(rows, { random: seededRandom(1), epochs: 15 });
			const vae = await openVae(model);
			const ours = await vae.score(rows);
			const plain = { shape: model.shape, parameters: [...model.parameters], noise: [...model.noise] };
			const [theirs] = askOracle<{ surprise: number[] }[]>(python as string, "make_vae.py", [
				{ model: plain, x: [...standardise(rows, model.standard, 1_000)] },
			]);
			expectClose(ours.surprise, theirs?.surprise ?? [Number.NaN]);
			await vae.close();
		},
		120_000,
	);
});
