import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAULT_SHAPES, toCells, toChannels, WINDOW_CELLS, WINDOW_CHANNELS } from "@faultline/correlation";
import { expect, it } from "vitest";
import { shippedModels } from "./model-folders.ts";
import { lazyShapes, openShapes } from "./shape-session.ts";

const shipped = shippedModels() as string;
const { cases } = JSON.parse(
	readFileSync(new URL("../../../../packages/correlation/oracle/shape-figures.json", import.meta.url), "utf8"),
) as { cases: { times: number[]; values: (number | null)[]; cut: number; shape: number[]; onset: number[] }[] };

it("answers as PyTorch did, for all series in one run", async () => {
	const size = WINDOW_CHANNELS * WINDOW_CELLS;
	const windows = new Float32Array(cases.length * size);
	for (const [i, { times, values, cut }] of cases.entries()) {
		const cells = toCells(
			Float64Array.from(times),
			values.map((v) => v ?? Number.NaN),
		).values;
		windows.set(toChannels(cells, cells.subarray(0, cut)), i * size);
	}
	const opened = await openShapes(join(shipped, "tcn"));
	const { shapes, onsets } = await opened.recognise(windows, cases.length);
	await opened.close();
	for (const [i, { shape, onset }] of cases.entries()) {
		const own = shapes.subarray(i * FAULT_SHAPES.length, (i + 1) * FAULT_SHAPES.length);
		for (const [k, x] of shape.entries()) expect(Math.abs((own[k] as number) - x)).toBeLessThan(1e-4);
		const cells = onsets.subarray((i + 1) * WINDOW_CELLS - onset.length, (i + 1) * WINDOW_CELLS);
		for (const [k, x] of onset.entries()) expect(Math.abs((cells[k] as number) - x)).toBeLessThan(1e-4);
	}
});

it("names the shapes in the order that the reader knows them by, and was tested on what it was not trained on", () => {
	const manifest = JSON.parse(readFileSync(join(shipped, "tcn", "manifest.json"), "utf8"));
	expect(manifest.shapes).toEqual([...FAULT_SHAPES]);
	expect(manifest.parameters).toBeLessThanOrEqual(60_000);
	expect(manifest.figures.synthetic.accuracy).toBeGreaterThan(0.9);
});

it("is not there where no folder has one, and opens nothing before it is asked", async () => {
	const folder = await mkdtemp(join(tmpdir(), "shapes-"));
	try {
		expect(await lazyShapes([folder])).toBeUndefined();
		const lazy = await lazyShapes([shipped]);
		await lazy?.close();
		await writeFile(join(folder, "manifest.json"), JSON.stringify({ name: "x", version: "1", task: "line-encoder", sha256: {} }));
		await expect(openShapes(folder)).rejects.toMatchObject({ code: "BAD_INPUT" });
	} finally {
		await rm(folder, { recursive: true });
	}
});
