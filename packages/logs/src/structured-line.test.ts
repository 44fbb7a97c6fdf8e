import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonValues } from "./json-values.ts";
import { createMask, HOLE } from "./normalise.ts";
import { DEFAULT_RULES } from "./rules.ts";
import { createStructuredIndex } from "./structured-index.ts";
import { maskStructured } from "./structured-line.ts";
import { createTemplateTree } from "./template-tree.ts";

const mask = createMask(DEFAULT_RULES);
const structured = maskStructured(mask);

const word = fc.constantFrom("level", "msg", "message", "ts", "user", "a.b", "1", "k", "error", "x-y");
const said = fc.oneof(
	fc.constantFrom("job 5 done", "started", "for user bob", "12 ms", "", "a=b c", 'say "hi"', "Jun 19 09:00:00", "info", "it's, \"x"),
	fc.string({ maxLength: 12 }),
);
const json = fc
	.dictionary(word, fc.oneof({ weight: 4, arbitrary: said }, fc.jsonValue({ maxDepth: 2 })))
	.chain((object) => fc.constantFrom(JSON.stringify(object), JSON.stringify(object, undefined, " ").replaceAll("\n", " ")));
const logfmt = fc
	.array(fc.tuple(fc.constantFrom("level", "msg", "ts", "user", "err"), said), { minLength: 1, maxLength: 5 })
	.map((pairs) => pairs.map(([name, value]) => `${name}=${/^[\w.-]*$/.test(value) ? value : JSON.stringify(value)}`).join(" "));
const line = fc.oneof(json, logfmt, fc.string({ maxLength: 40 }));

describe("jsonValues", () => {
	it("finds the values that JSON.parse finds", () => {
		fc.assert(
			fc.property(fc.dictionary(word, said), (object) => {
				const text = JSON.stringify(object);
				const found = jsonValues(text)?.map(({ name, start, end }) => [name, JSON.parse(`"${text.slice(start, end)}"`)]);
				expect(Object.fromEntries(found ?? [])).toEqual(object);
			}),
		);
		const nested = '{ "a": {"b": [1, {"c": "]"}], "d": true}, "e": -1.5e3 , "f":{}, "g":[]}';
		expect(jsonValues(nested)?.map(({ name, start, end }) => `${name}: ${nested.slice(start, end)}`)).toEqual([
			'a.b: [1, {"c": "]"}]',
			"a.d: true",
			"e: -1.5e3",
			"g: []",
		]);
	});

	it("takes hostile text in time that grows with its length", () => {
		for (const text of [
			`{${'"a":['.repeat(8_000)}}`,
			`{"a":"${"\\\\".repeat(50_000)}`,
			`{"a":${"[".repeat(50_000)}}`,
			`{${'"a":{'.repeat(9_000)}}`,
		])
			expect(jsonValues(text)).toBeUndefined();
		expect(jsonValues(`{"a":[${"[1],".repeat(50_000)}1]}`)?.length).toBe(1);
	});

	it.each(["", "{", "{}x", "[1]", '{"a"}', '{"a":}', '{"a":1,}', "{a:1}", '{"a":"b}', "1", `${'{"a":'.repeat(40)}1${"}".repeat(40)}`])(
		"is undefined for %j",
		(text) => expect(jsonValues(text)).toBeUndefined(),
	);
});

describe("maskStructured", () => {
	it("gives back the line when what was taken out is put back", () => {
		fc.assert(
			fc.property(line, (text) => {
				const clean = text.replaceAll(/[\u0000-\u001f\u007f-\uffff]/g, "");
				const { text: masked, spans } = structured(clean);
				let hole = 0;
				expect(masked.replaceAll(HOLE, () => clean.slice(...(spans[hole++] ?? [])))).toBe(clean);
			}),
		);
	});

	it("leaves any other line to the rules", () => {
		for (const text of ["job 5 done", "a=1 and more", "user=bob id=5", '{"a":1} trailing', "[1, 2]"])
			expect(structured(text)).toEqual(mask(text));
	});
});

describe("createStructuredIndex", () => {
	it("takes for alike only what is masked alike", () => {
		const index = createStructuredIndex<string>(mask);
		fc.assert(
			fc.property(line, (text) => {
				const clean = text.replaceAll(/[\u0000-\u001f\u007f-\uffff]/g, "");
				const masked = structured(clean).text;
				expect(index.find(clean) ?? masked).toBe(masked);
				expect(index.masked().text).toBe(masked);
				index.remember(masked, 0);
				expect(index.find(clean)).toBe(masked);
			}),
			{ numRuns: 2_000 },
		);
	});
});

describe("a line with very many names", () => {
	it("is masked anew each time", () => {
		const index = createStructuredIndex<number>(mask);
		const text = JSON.stringify(Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`name${i}`, i])));
		expect(index.find(text)).toBeUndefined();
		index.remember(1, 0);
		expect(index.find(text)).toBeUndefined();
		expect(index.masked().text).toBe(structured(text).text);
		expect(index.find("job 5 done")).toBeUndefined();
	});
});

describe("templates of structured lines", () => {
	const textsOf = (...lines: string[]) => {
		const tree = createTemplateTree();
		const ids = lines.map((text) => tree.add(text).templateId);
		return ids.map((id) => tree.template(id)?.text);
	};

	it("are of one event whatever their data are", () => {
		const said = (level: string, msg: string, more: string) =>
			`{"level":"${level}","ts":"${more}","msg":"${msg}","user":"${more} x","n":{"ms":5}}`;
		const [a, b] = textsOf(said("info", "job 1 done", "a"), said("info", "job 22 done", "b c d"));
		expect(a).toBe('{"level":"info","ts":"<value>","msg":"job <num> done","user":"<value>","n":{"ms":<num>}}');
		expect(b).toBe(a);
		const [c, d] = textsOf('ts=1 level=info msg="pool ready" err="a b c"', 'ts=2 level=info msg="pool ready" err=none');
		expect([c, d?.replaceAll('"', "")]).toEqual(['ts=<value> level=info msg="pool ready" err="<value>"', c?.replaceAll('"', "")]);
	});

	it("tell messages, levels and names apart", () => {
		const lines = [
			'{"level":"info","msg":"started"}',
			'{"level":"info","msg":"stopped"}',
			'{"level":"warn","msg":"started"}',
			'{"level":"info","msg":"started","by":"x"}',
			"level=info msg=opened",
			"level=info msg=closed",
		];
		expect(new Set(textsOf(...lines)).size).toBe(lines.length);
	});

	it("give the line back from their values", () => {
		const tree = createTemplateTree();
		fc.assert(
			fc.property(line, (text) => {
				tree.add(text);
				const values = tree.values(text);
				expect(values && tree.restore(values)).toBe(text);
			}),
		);
	});
});
