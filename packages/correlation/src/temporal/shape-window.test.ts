import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAULT_SHAPES, readShape, shapeWords } from "./fault-shape.ts";
import { toCells, toChannels, WINDOW_CELLS } from "./shape-window.ts";

interface Case {
	times: number[];
	values: (number | null)[];
	cut: number;
	width: number;
	channels: number[][];
	shape: number[];
	onset: number[];
}
const { cases } = JSON.parse(readFileSync(new URL("../../oracle/shape-figures.json", import.meta.url), "utf8")) as { cases: Case[] };
const numbers = (values: readonly (number | null)[]) => Float64Array.from(values, (v) => v ?? Number.NaN);

describe("windows of the shape network", () => {
	it.each(cases.map((one, i) => [i, one] as const))("case %d is as the training makes it", (_, one) => {
		const { values, width } = toCells(Float64Array.from(one.times), numbers(one.values));
		expect(width).toBeCloseTo(one.width, 6);
		expect(values.length).toBe(one.onset.length);
		const found = toChannels(values, values.subarray(0, one.cut));
		for (const [i, expected] of one.channels.flat().entries()) expect(found[i]).toBeCloseTo(expected, 4);
	});

	it("is empty for a series without a step or without values", () => {
		expect(toCells(Float64Array.of(5), [1])).toEqual({ values: new Float64Array(), width: 0 });
		expect(toChannels(Float64Array.of(Number.NaN, Number.NaN), new Float64Array()).every((x) => x === 0)).toBe(true);
	});

	it("shows that a series stopped before the others", () => {
		const times = Float64Array.from({ length: 20 }, (_, i) => i * 10);
		const { values } = toCells(times, new Float64Array(20).fill(3), 290);
		expect(values.length).toBe(30);
		const presence = toChannels(values, values.subarray(0, 20)).subarray(3 * WINDOW_CELLS);
		expect(Array.from(presence.slice(-12))).toEqual([1, 1, ...new Array(10).fill(-1)]);
	});
});

describe("what the network says", () => {
	it("reads the shape, its chance, and when it began", () => {
		const shapes = Float32Array.from(FAULT_SHAPES, (s) => (s === "ramp" ? 5 : 0));
		const onsets = new Float32Array(WINDOW_CELLS).fill(-1e4);
		onsets.fill(0, WINDOW_CELLS - 20);
		onsets[WINDOW_CELLS - 20 + 12] = 9;
		const found = readShape(shapes, onsets, { cells: 20, first: Date.UTC(2026, 0, 5, 10), width: 30_000 });
		expect(found).toMatchObject({ shape: "ramp", onset: Date.UTC(2026, 0, 5, 10, 6) });
		expect(found.probability).toBeCloseTo(Math.exp(5) / (Math.exp(5) + 8), 6);
		expect(found.certain).toBeGreaterThan(0.99);
		expect(shapeWords(found, "down")).toBe("fell steadily from 10:06:00 on");
	});

	it("has words for every shape but none, and for none that it is not sure of", () => {
		const words = FAULT_SHAPES.map((shape) => shapeWords({ shape, probability: 0.9, onset: 0, certain: 1 }, "up"));
		expect(words[0]).toBeUndefined();
		expect(new Set(words.slice(1)).size).toBe(8);
		expect(words.slice(1).every((w) => /\b00:00:00\b/.test(w ?? ""))).toBe(true);
		expect(shapeWords({ shape: "ramp", probability: 0.5, onset: 0, certain: 1 }, "up")).toBeUndefined();
	});
});
