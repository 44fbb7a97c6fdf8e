import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TemplateTree } from "./template.ts";
import { createTemplateTree } from "./template-tree.ts";
import { fillTemplate, type LineValues } from "./template-values.ts";

const WORDS = [
	"alpha",
	"bravo",
	"carol",
	"delta",
	"echo",
	"org.x.Foo",
	"org.x.Bar",
	"a/b/c",
	"7",
	"10.0.0.1",
	"12 ms",
	"'q'",
	"<none>",
	"<num>",
	"<*>",
];
const GAPS = [" ", "  ", "=", ": ", ", ", " (", ") ", "\t", "\u001b[31m ", "\u0000", "\u200b ", " [", "|"];
/** Lines that are alike, so that templates meet, merge and differ in spacing; and any others. */
const alike = fc
	.array(fc.tuple(fc.constantFrom(...GAPS), fc.constantFrom(...WORDS)), { minLength: 1, maxLength: 5 })
	.map((pairs) => `queue${pairs.map(([gap, word]) => gap + word).join("")} moved`);
const hostile = fc.string({ unit: "binary", maxLength: 60 });
const lines = fc.array(fc.oneof({ weight: 5, arbitrary: alike }, hostile), { maxLength: 60 });

const small = (): TemplateTree => createTemplateTree({ minWords: 3, minIdentifiers: 2 });

describe("values of a line", () => {
	it("are what stands at the template's holes, and give the line back", () => {
		const tree = createTemplateTree();
		tree.add("Received block blk_1 of size 67108864 from /10.1.1.1");
		const values = tree.values("Received block blk_-22 of size 9 from /10.1.1.2:50010");
		expect(values).toMatchObject({ values: ["blk_-22", "9", "/10.1.1.2:50010"], edits: [] });
		expect(tree.restore(values as LineValues)).toBe("Received block blk_-22 of size 9 from /10.1.1.2:50010");
		expect(tree.placeholderValues("Received block blk_-22 of size 9 from /10.1.1.2:50010")).toEqual(["-22", "9", "/10.1.1.2:50010"]);
		expect(tree.values("never seen this")).toBeUndefined();
	});

	it("keep spacing, colours, lists and what lies beyond the words that are looked at", () => {
		const tree = createTemplateTree({ maxWords: 8 });
		const line = `\u001b[31mpeers\u001b[0m:\t10.0.0.1,  10.0.0.2 ${"and more words ".repeat(20)}\r`;
		tree.add("peers: 10.0.0.1 and more words and more words and");
		tree.add(line);
		const long = `peers: 10.0.0.1 and more words and more words and${" x".repeat(20_000)}`;
		for (const each of [line, long]) expect(tree.restore(tree.values(each) as LineValues)).toBe(each);
	});

	it("give back every line, at once, after later merges, and after a restart", () => {
		fc.assert(
			fc.property(lines, (texts) => {
				const tree = small();
				const taken = texts.map((text) => {
					tree.add(text);
					const values = tree.values(text) as LineValues;
					expect(tree.restore(values)).toBe(text);
					return values;
				});
				const again = createTemplateTree({ minWords: 3, minIdentifiers: 2, state: JSON.parse(JSON.stringify(tree.save())) });
				for (const [i, values] of taken.entries()) {
					expect(tree.restore(values)).toBe(texts[i]);
					expect(again.restore(JSON.parse(JSON.stringify(values)))).toBe(texts[i]);
				}
			}),
			{ numRuns: 400 },
		);
	});

	it("are never put into a template that is not theirs: what is forgotten gives no line, or the right one", () => {
		fc.assert(
			fc.property(fc.array(alike, { minLength: 30, maxLength: 120 }), (texts) => {
				const tree = createTemplateTree({ minWords: 3, minIdentifiers: 2, maxTemplates: 8 });
				const taken = texts.flatMap((text) => {
					tree.add(text);
					const values = tree.values(text);
					return values === undefined ? [] : [{ text, values }];
				});
				for (const { text, values } of taken) expect([text, undefined]).toContain(tree.restore(values));
			}),
			{ numRuns: 200 },
		);
	});

	it("filled into the template's text give the line wherever they are given for its placeholders", () => {
		let given = 0;
		fc.assert(
			fc.property(lines, (texts) => {
				const tree = small();
				for (const text of texts) tree.add(text);
				for (const text of texts) {
					const values = tree.placeholderValues(text);
					if (values === undefined) continue;
					given++;
					expect(fillTemplate(tree.template(tree.match(text) ?? "")?.text ?? "", values)).toBe(text);
				}
			}),
			{ numRuns: 200 },
		);
		expect(given).toBeGreaterThan(100);
	});
});
