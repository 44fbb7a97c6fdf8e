import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTemplateTree } from "./template-tree.ts";

const NAMES = ["alpha", "bravo", "carol", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima", "mike"];

describe("createTemplateTree", () => {
	it("puts lines that differ in their values under one id", () => {
		const tree = createTemplateTree();
		const a = tree.add("Received block blk_1 of size 67108864 from /10.1.1.1");
		const b = tree.add("Received block blk_-22 of size 9 from /10.1.1.2:50010");
		expect(a.isNew).toBe(true);
		expect(b).toEqual({ templateId: a.templateId, isNew: false });
		expect(tree.template(a.templateId)).toEqual({ id: a.templateId, text: "Received block blk_<num> of size <num> from <ip>", count: 2 });
	});

	it("keeps lines that differ in a word apart", () => {
		const tree = createTemplateTree();
		expect(tree.add("session opened for user a").templateId).not.toBe(tree.add("session closed for user a").templateId);
	});

	it("treats a list as one variable, however long", () => {
		const tree = createTemplateTree();
		expect(tree.add("peers 10.0.0.1, 10.0.0.2").templateId).toBe(tree.add("peers 10.0.0.1, 10.0.0.2, 10.0.0.3").templateId);
	});

	it("learns a variable from many words at one place; the first id stays and the others lead to it", () => {
		const tree = createTemplateTree({ minWords: 12 });
		const ids = NAMES.map((name) => tree.add(`queue ${name} is full now`).templateId);
		expect(new Set(ids.map((id) => tree.resolve(id)))).toEqual(new Set([ids[0]]));
		expect(tree.template(ids[3] ?? "")).toEqual({ id: ids[0], text: "queue <*> is full now", count: NAMES.length });
		expect(tree.add("queue zulu is full now")).toEqual({ templateId: ids[0], isNew: false });
		expect(tree.size).toBe(1);
	});

	it("learns from fewer where the words are identifiers", () => {
		const tree = createTemplateTree({ minIdentifiers: 3, minWords: 99 });
		for (const name of ["a.b.Foo", "a.b.Bar", "a.b.Baz"]) tree.add(`loaded class ${name} from cache`);
		expect(tree.templates().map((t) => t.text)).toEqual(["loaded class <*> from cache"]);
	});

	it("never makes a template of variables only", () => {
		const tree = createTemplateTree({ minWords: 3 });
		for (const name of NAMES) tree.add(name);
		expect(tree.size).toBe(NAMES.length);
	});

	it("never changes an id that was pinned, and still takes new lines in", () => {
		const tree = createTemplateTree({ minWords: 6 });
		const pinned = NAMES.slice(0, 3).map((name) => tree.add(`queue ${name} is full now`).templateId);
		tree.pin();
		for (const name of NAMES.slice(3)) tree.add(`queue ${name} is full now`);
		expect(pinned.map((id) => tree.resolve(id))).toEqual(pinned);
		expect(NAMES.slice(1, 3).map((name) => tree.match(`queue ${name} is full now`))).toEqual(pinned.slice(1));
		expect(tree.match("queue other is full now")).toBe(pinned[0]);
	});

	it("keeps every line that was pinned under its id, whatever comes after, and after a restart", () => {
		const word = fc.constantFrom("alpha", "bravo", "carol", "delta", "7", "10.0.0.1", "org.x.Foo", "org.x.Bar");
		const line = fc.tuple(word, word, word).map(([a, b, c]) => `queue ${a} ${b} moved ${c}`);
		fc.assert(
			fc.property(fc.array(line, { maxLength: 30 }), fc.array(line, { maxLength: 60 }), (before, after) => {
				const options = { minWords: 3, minIdentifiers: 2 };
				const tree = createTemplateTree(options);
				for (const each of before) tree.add(each);
				const given = before.map((each) => tree.match(each));
				tree.pin();
				const again = createTemplateTree({ ...options, state: JSON.parse(JSON.stringify(tree.save())) });
				for (const each of after) {
					tree.add(each);
					again.add(each);
				}
				expect(before.map((each) => tree.match(each))).toEqual(given);
				expect(before.map((each) => again.match(each))).toEqual(given);
			}),
			{ numRuns: 400 },
		);
	});

	it("gives equal ids on every machine: they hash the template's first form", () => {
		expect(createTemplateTree().add("worker 7 started").templateId).toBe(createTemplateTree().add("worker 8 started").templateId);
		expect(createTemplateTree().add("disk is full").templateId).toMatch(/^[0-9a-f]{16}$/);
	});

	it("matches without learning", () => {
		const tree = createTemplateTree();
		expect(tree.match("disk 1 is full")).toBeUndefined();
		const { templateId } = tree.add("disk 1 is full");
		expect(tree.match("disk 2 is full")).toBe(templateId);
		expect(tree.template(templateId)?.count).toBe(1);
		expect(tree.template("0000000000000000")).toBeUndefined();
	});

	it("goes on from a saved state", () => {
		const tree = createTemplateTree({ minWords: 6 });
		const ids = NAMES.slice(0, 8).map((name) => tree.add(`queue ${name} is full now`).templateId);
		tree.add("disk 1 is full");
		const state = JSON.parse(JSON.stringify(tree.save()));
		const again = createTemplateTree({ minWords: 6, state });
		expect(again.templates()).toEqual(tree.templates());
		expect(again.resolve(ids[5] ?? "")).toBe(ids[0]);
		expect(again.add("queue other is full now")).toEqual({ templateId: ids[0], isNew: false });
	});

	it("refuses a state that is broken", () => {
		const state = createTemplateTree().save();
		const broken = {
			...state,
			templates: [{ id: "0123456789abcdef", key: ["a", "b"], shown: ["a"], gaps: ["", ""], count: 1, opened: [], pinned: [] }],
		};
		expect(() => createTemplateTree({ state: broken })).toThrow("do not fit");
	});

	it("forgets the least recently seen beyond its bound, and gives what comes back its old id", () => {
		const tree = createTemplateTree({ maxTemplates: 50, minWords: 1e9, minIdentifiers: 1e9 });
		const word = (i: number): string => `w${String.fromCharCode(97 + (i % 26), 97 + ((i / 26) % 26), 97 + ((i / 676) % 26))}x`;
		const first = tree.add(`${word(0)} stopped here`).templateId;
		for (let i = 1; i < 500; i++) tree.add(`${word(i)} stopped here`);
		expect(tree.size).toBeLessThanOrEqual(50);
		expect(tree.template(first)).toBeUndefined();
		expect(tree.add(`${word(0)} stopped here`)).toEqual({ templateId: first, isNew: true });
	});

	it("counts every line, and never throws", () => {
		fc.assert(
			fc.property(
				fc.array(fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.constantFrom("a=1 b", "a <*> b", "<num>", "")), {
					maxLength: 60,
				}),
				(lines) => {
					const tree = createTemplateTree({ minWords: 3, minIdentifiers: 2 });
					const ids = lines.map((line) => tree.add(line).templateId);
					expect(tree.templates().reduce((sum, t) => sum + t.count, 0)).toBe(lines.length);
					for (const id of ids) expect(tree.template(id)).toBeDefined();
					lines.forEach((line, i) => void expect(tree.match(line)).toBe(tree.resolve(ids[i] ?? "")));
				},
			),
			{ numRuns: 200 },
		);
	});

	it("gives up on a hostile tree instead of searching for ever", () => {
		const tree = createTemplateTree({ minWords: 2, minIdentifiers: 2 });
		for (let i = 0; i < 2 ** 10; i++) tree.add(Array.from({ length: 40 }, (_, at) => ((i >> (at % 10)) & 1 ? "ab" : "cd")).join(" "));
		expect(tree.size).toBeGreaterThan(0);
	});
});
