import { describe, expect, it } from "vitest";
import { lineFeatures } from "./line-features.ts";
import { normalise } from "./normalise.ts";
import { parseBody } from "./parse-body.ts";
import { inferSeverity } from "./severity.ts";
import { createTemplateTree } from "./template-tree.ts";

/** A number in letters, so that no rule finds it. */
const word = (i: number): string => i.toString(26).replace(/\d/g, (d) => "qrstuvwxyz"[Number(d)] ?? "");

/** Milliseconds: much work, on machines that may have other work. */
const PATIENCE = 300_000;

describe("lines that nobody means well with", { timeout: PATIENCE }, () => {
	it("nothing, and one line", () => {
		const tree = createTemplateTree();
		expect([tree.size, tree.templates(), tree.match("x")]).toEqual([0, [], undefined]);
		expect(createTemplateTree({ state: tree.save() }).size).toBe(0);
		expect(tree.add("only")).toMatchObject({ isNew: true });
	});

	it("a million equal lines are one template", () => {
		const tree = createTemplateTree();
		for (let i = 0; i < 1_000_000; i++) tree.add("the same 1 again");
		expect(tree.templates()).toEqual([{ id: tree.match("the same 2 again"), text: "the same <num> again", count: 1_000_000 }]);
	});

	it("100,000 distinct lines stay within the bound, whatever is distinct in them", () => {
		const kinds: ((i: number) => string)[] = [
			(i) => `${word(i)} ${word(i * 7 + 1)} ${word(i * 13 + 5)}`,
			(i) => `worker ${word(i)} of pool ${word(i % 977)} is done`,
			(i) => `${"very ".repeat(i % 90)}long ${word(i)}`,
		];
		for (const [kind, line] of kinds.entries()) {
			const count = kind === 0 ? 100_000 : 20_000;
			const tree = createTemplateTree({ maxTemplates: 2_000 });
			for (let i = 0; i < count; i++) tree.add(line(i));
			expect(tree.size).toBeLessThanOrEqual(2_000);
			const last = line(count - 1);
			expect(tree.restore(tree.values(last) ?? expect.fail())).toBe(last);
			expect(tree.save().merged.length).toBeLessThan(20_000);
		}
	});

	it("10 MB in a line, binary, and what looks like anything", () => {
		const tree = createTemplateTree();
		const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i * 31 + (i >> 4)) & 0xff);
		const lines = [
			"x1 ".repeat(3_500_000),
			"z".repeat(10_000_000),
			'{"a":'.repeat(2_000_000),
			new TextDecoder().decode(bytes),
			new TextDecoder("latin1").decode(bytes),
			"\ud800\udc00\ud800 lone surrogates \udfff",
			"\u0000".repeat(100_000),
			"\ufdd0 <*> <num> \ufdd1",
			"مرحبا 5 שלום 日本語ログ 7件 \u202e reversed",
		];
		for (const line of lines) {
			const { templateId } = tree.add(line);
			expect(tree.match(line)).toBe(templateId);
			expect(tree.restore(tree.values(line) ?? expect.fail())).toBe(line);
			expect(Number.isFinite(lineFeatures(line, normalise(line)).entropy)).toBe(true);
			expect(parseBody(line).message).toBe(line);
			expect(inferSeverity(line)).toBe(0);
		}
		expect(tree.add("日本語ログ 8件").templateId).toBe(tree.add("日本語ログ 9件").templateId);
	});
});
