import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupLines } from "./group.ts";
import { type InputLine, readLines } from "./read-lines.ts";

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
	for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}
const all = async <T>(values: AsyncIterable<T>): Promise<T[]> => Array.fromAsync(values);
async function* lines(texts: string[]): AsyncGenerator<InputLine> {
	for (const [i, text] of texts.entries()) yield { text, number: i + 1, truncated: false, repaired: false };
}

describe("readLines", () => {
	it("gives the same lines however the bytes are cut", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" })), fc.integer({ min: 1, max: 7 }), async (texts, size) => {
				const wanted = texts.map((text) => text.replace(/[\n\r]/g, " ").replace(/^\ufeff/, ""));
				const got = await all(readLines(chunks(Buffer.from(wanted.map((t) => `${t}\n`).join("")), size)));
				expect(got.map((l) => l.text)).toEqual(wanted);
				expect(got.map((l) => l.number)).toEqual(wanted.map((_, i) => i + 1));
			}),
		);
	});
});

describe("groupLines", () => {
	it("never changes an id that it has answered, whatever the size of a batch", async () => {
		const word = fc.constantFrom(
			"alpha",
			"bravo",
			"carol",
			"delta",
			"echo",
			"fox",
			"golf",
			"hotel",
			"india",
			"juliet",
			"kilo",
			"lima",
			"mike",
			"7",
			"10.0.0.1",
		);
		await fc.assert(
			fc.asyncProperty(fc.array(fc.tuple(word, word), { maxLength: 80 }), fc.integer({ min: 1, max: 40 }), async (pairs, maxBatchLines) => {
				const texts = pairs.map(([a, b]) => `queue ${a} moved to ${b} now`);
				const rows = await all(groupLines(lines(texts), { maxBatchLines }));
				expect(rows.map((r) => r.line)).toEqual(texts);
				const idOf = new Map<string, string>();
				for (const { line, templateId } of rows) {
					expect(idOf.get(line) ?? templateId).toBe(templateId);
					idOf.set(line, templateId);
				}
			}),
		);
	});

	it("lets later lines of a batch teach the earlier ones", async () => {
		const names = ["alpha", "bravo", "carol", "delta", "echo", "fox", "golf", "hotel", "india", "juliet", "kilo", "lima", "mike"];
		const rows = await all(groupLines(lines(names.map((n) => `queue ${n} is full`))));
		expect(new Set(rows.map((r) => r.template))).toEqual(new Set(["queue <*> is full"]));
		expect(new Set(rows.map((r) => r.templateId)).size).toBe(1);
	});
});
