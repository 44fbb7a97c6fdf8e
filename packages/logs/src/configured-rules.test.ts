import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configureRules, type RuleChange } from "./configured-rules.ts";
import { createNormaliser, normalise } from "./normalise.ts";
import { DEFAULT_RULES } from "./rules.ts";
import { createTemplateTree } from "./template-tree.ts";

const told = (...changes: RuleChange[]) => configureRules(changes).problems.map(({ index, key, message }) => `${index}.${key}: ${message}`);
function text(line: string, ...changes: RuleChange[]): string {
	const { rules, problems } = configureRules(changes);
	expect(problems).toEqual([]);
	return createNormaliser(rules)(line).text;
}

describe("configureRules", () => {
	it("leaves the default rules themselves where nothing changes", () => {
		expect(configureRules([]).rules).toBe(DEFAULT_RULES);
	});

	it("adds a rule before all others, or where it is told", () => {
		expect(text("ORD-17 from 10.1.2.3", { name: "order", pattern: "ORD-\\d+" })).toBe("<order> from <ip>");
		expect(text("at ORD-17", { name: "order-id", placeholder: "order", pattern: "ORD-\\d+" })).toBe("at <order>");
		const letters = { name: "letters", pattern: "[a-z]{3}\\d" };
		expect(text("abc1 3f2a9bc", { ...letters, before: "num" })).toBe("<letters> <hex>");
		expect(text("http://abc1 http://x", { ...letters, after: "url" })).toBe("<url> <url>");
		expect(text("http://abc1", { name: "host-only", pattern: "[a-z]+", before: "url" })).toBe("<host-only>://<host-only><num>");
	});

	it("takes rules away, by their name or by what they write", () => {
		expect(text("10.1.2.3 and fe80::1", { name: "ip", disable: true })).toBe("<num> and fe<num>::<num>");
		expect(text("10.1.2.3 and fe80::1", { name: "ip-v4", disable: true })).toBe("<num> and <ip>");
		expect(text("a 5", { name: "num", disable: true })).toBe("a 5");
	});

	it("changes and moves default rules", () => {
		expect(text("uid=7", { name: "value", placeholder: "field" })).toBe("uid=<field>");
		expect(text("commit 3f2a9bc, 12", { name: "hex", pattern: "[0-9a-f]{2}" })).toBe("commit <hex><hex><hex>c, <hex>");
		expect(text("x=10.1.2.3", { name: "value", before: "url" })).toBe("x=<value>");
		expect(text("x=10.1.2.3")).toBe("x=<ip>");
	});

	it("tells all problems of all entries at once", () => {
		expect(
			told(
				{ name: "Not A Word", pattern: "a" },
				{ name: "nope" },
				{ name: "a", pattern: "(?<=x)y", placeholder: "B", before: "url", after: "nope" },
				{ name: "a", pattern: "x*" },
				{ name: "url", disable: true, before: "num" },
				{ name: "long", pattern: "x".repeat(501) },
				{ name: "itself", pattern: "x", before: "itself" },
			),
		).toEqual([
			"0.name: must be a lower-case word, such as order-id",
			"1.name: names no rule",
			"2.placeholder: must be a lower-case word, such as order-id",
			"2.pattern: is not a regular expression of RE2's syntax",
			"2.after: cannot stand beside before",
			"2.after: names no rule",
			"3.name: is there twice",
			"3.pattern: matches where there is nothing",
			"4.disable: takes the rule away: nothing else can be said of it",
			"5.pattern: is longer than 500 characters",
			"6.before: is the rule itself",
		]);
	});

	it("is not hung by a pattern that would hang others", () => {
		const { rules } = configureRules([{ name: "evil", pattern: "(a+)+(a+)+b" }]);
		expect(createNormaliser(rules)("a".repeat(16_000)).text.length).toBe(16_000);
	});

	it("masks as the default rules do where its own never match, surrogates and all", () => {
		const { rules } = configureRules([{ name: "never", pattern: "never-\\d{9}-ever", before: "path" }]);
		const masks = createNormaliser(rules);
		fc.assert(
			fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.stringMatching(/^[a-f0-9 :./=-]{0,60}$/)), (line) => {
				expect(masks(line)).toEqual(normalise(line));
			}),
			{ numRuns: 300 },
		);
		expect(masks("\u{1f600} never-123456789-ever 5").text).toBe("\u{1f600} <never> <num>");
	});

	it("serves trees: equal rules give equal templates, and a saved tree is not read under others", () => {
		const { rules } = configureRules([{ name: "order", pattern: "ORD-[A-Z]+" }]);
		const tree = createTemplateTree({ rules });
		const { templateId } = tree.add("paid ORD-AB");
		expect(tree.add("paid ORD-XYZ")).toEqual({ templateId, isNew: false });
		expect(tree.template(templateId)?.text).toBe("paid <order>");
		const again = createTemplateTree({ rules: configureRules([{ name: "order", pattern: "ORD-[A-Z]+" }]).rules, state: tree.save() });
		expect(again.match("paid ORD-Q")).toBe(templateId);
		expect(() => createTemplateTree({ state: tree.save() })).toThrow("other rules");
	});
});
