// Encoders on labelled lines of systems that no model was trained on: is the nearest other line of the same event?
//   node test/bench/encoder-precision.mjs --logs DIR [--models logbert,roberta,sbert] [--weights 0.5,1,2] [--queries 300]
// DIR/parsing/*.csv.gz has the columns content and eventId. P@1 of a system is the share of its distinct lines whose nearest other one has
// the same event, over events of two lines or more; the mean over the systems is told. Forms: raw lines, normalised ones, and normalised ones of
// which a tenth of the query's words was changed. Beside the models: TF-IDF over words (its idf from the same lines), the lexical encoder, and
// each model joined to that by weights, on normalised lines and (mixed) the model on raw lines and the lexical part on normalised ones.
import { globSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { seededRandom } from "../../packages/contracts/src/index.ts";
import { createHashingEncoder, createOnnxEncoder } from "../../packages/logs/src/encoders/index.ts";
import { normalise } from "../../packages/logs/src/index.ts";

const root = resolve(import.meta.dirname, "../..");
const { values: args } = parseArgs({
	options: {
		logs: { type: "string" },
		models: { type: "string", default: "logbert,roberta,sbert" },
		weights: { type: "string", default: "0.5,1,2" },
		queries: { type: "string", default: "300" },
	},
});
if (args.logs === undefined) {
	process.stderr.write("usage: node test/bench/encoder-precision.mjs --logs DIR\n");
	process.exit(2);
}

function readCsv(text) {
	const rows = [];
	let [row, field, quoted] = [[], "", false];
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (quoted) {
			if (c === '"' && text[i + 1] === '"') field += text[++i];
			else if (c === '"') quoted = false;
			else field += c;
		} else if (c === '"') quoted = true;
		else if (c === "," || c === "\n") {
			row.push(field);
			field = "";
			if (c === "\n") rows.push(row.splice(0));
		} else if (c !== "\r") field += c;
	}
	if (row.length > 0) rows.push([...row, field]);
	const [head = [], ...body] = rows;
	return body.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i] ?? ""])));
}

const oneLine = (text) =>
	text
		.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/)
		.join(" ")
		.trimEnd() || " ";
const systems = globSync(join(args.logs, "parsing/*.csv.gz"))
	.toSorted()
	.map((file) => {
		const seen = new Map();
		for (const { content, eventId } of readCsv(gunzipSync(readFileSync(file)).toString())) {
			const line = oneLine(content);
			if (!seen.has(line)) seen.set(line, eventId);
		}
		const raw = [...seen.keys()];
		return { name: basename(file).split(".")[0], raw, normalised: raw.map((line) => normalise(line).text), events: [...seen.values()] };
	});

const words = [...new Set(systems.flatMap((s) => s.normalised.flatMap((t) => t.match(/[A-Za-z]{3,}/g) ?? [])))].toSorted();
/** Each word is another with a probability of a tenth, at least one where there are three or more. */
function changed(text, random) {
	const parts = text.split(/\s+/);
	if (parts.length < 3) return text;
	const pick = (n) => Math.floor(random() * n);
	const drawn = parts.flatMap((_, i) => (random() < 0.1 ? [i] : []));
	for (const i of drawn.length > 0 ? drawn : [pick(parts.length)]) parts[i] = words[pick(words.length)];
	return parts.join(" ");
}
for (const system of systems) {
	const random = seededRandom(7);
	system.words = system.normalised.map((text) => changed(text, random));
	system.rawWords = system.raw.map((text) => changed(text, random));
}

function dot(a, b) {
	let sum = 0;
	for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
	return sum;
}

function sparseDot(a, b) {
	let sum = 0;
	for (const [word, x] of a) sum += x * (b.get(word) ?? 0);
	return sum;
}

/** Queries of a system at most, evenly spaced. */
const MOST_QUERIES = Number(args.queries);

/** P@1 of query vectors among base vectors (a query's own line left out), by their texts: equal texts have one vector. */
function precisionAt1({ base, queries, events }, vectors) {
	const groups = Map.groupBy(
		base.map((_, i) => i),
		(i) => base[i],
	);
	const forms = Array.from(groups, ([text, rows]) => ({ vector: vectors.get(text), rows }));
	const sizes = Map.groupBy(events, (e) => e);
	const nearest = new Map();
	let [asked, right] = [0, 0];
	const asking = queries.map((_, i) => i).filter((i) => sizes.get(events[i]).length > 1);
	const step = Math.max(1, Math.ceil(asking.length / MOST_QUERIES));
	for (let at = 0; at < asking.length; at += step) {
		const i = asking[at];
		const query = queries[i];
		asked++;
		const key = `${query}\0${groups.get(base[i]).length === 1 ? i : base[i]}`;
		let form = nearest.get(key);
		if (form === undefined) {
			const q = vectors.get(query);
			let best = -2;
			for (const candidate of forms) {
				if (candidate.rows.length === 1 && candidate.rows[0] === i) continue;
				const similarity = q instanceof Map ? sparseDot(q, candidate.vector) : dot(q, candidate.vector);
				if (similarity > best) [best, form] = [similarity, candidate];
			}
			nearest.set(key, form);
		}
		if (events[form.rows.find((row) => row !== i)] === events[i]) right++;
	}
	return right / asked;
}

const pairs = (system) => ({
	raw: { base: system.raw, queries: system.raw, events: system.events },
	normalised: { base: system.normalised, queries: system.normalised, events: system.events },
	words: { base: system.normalised, queries: system.words, events: system.events },
	"raw words": { base: system.raw, queries: system.rawWords, events: system.events },
});

async function encodeAll(encoder, texts) {
	const distinct = [...new Set(texts)];
	const vectors = await encoder.encode(distinct);
	return new Map(distinct.map((text, i) => [text, vectors[i]]));
}

/** Words by their rarity among the base lines, at unit length; sparse. */
function tfIdf(base, queries, pattern) {
	const cut = (text) => text.match(pattern) ?? [];
	const documents = new Map();
	for (const text of base) for (const word of new Set(cut(text))) documents.set(word, (documents.get(word) ?? 0) + 1);
	return new Map(
		[...new Set([...base, ...queries])].map((text) => {
			const vector = new Map();
			for (const word of cut(text)) {
				const seen = documents.get(word);
				if (seen !== undefined) vector.set(word, (vector.get(word) ?? 0) + Math.log((1 + base.length) / (1 + seen)) + 1);
			}
			const length = Math.sqrt(sparseDot(vector, vector)) || 1;
			for (const [word, x] of vector) vector.set(word, x / length);
			return [text, vector];
		}),
	);
}

const FORMS = ["raw", "normalised", "words", "raw words"];
const table = new Map();
const note = (name, form, value) => table.set(name, { ...table.get(name), [form]: [...(table.get(name)?.[form] ?? []), value] });
const hash = createHashingEncoder({ cacheSize: 100_000 });
const models = await Promise.all(args.models.split(",").map(async (name) => [name, await createOnnxEncoder(join(root, "models", name))]));
const weights = args.weights.split(",").map(Number);

for (const system of systems) {
	const views = pairs(system);
	for (const form of FORMS) {
		note("tf-idf, words by spaces", form, precisionAt1(views[form], tfIdf(views[form].base, views[form].queries, /\S+/g)));
		note(
			"tf-idf, letters and digits",
			form,
			precisionAt1(views[form], tfIdf(views[form].base, views[form].queries, /[\p{L}\p{N}_]{2,}/gu)),
		);
	}
	const formOf = new Map(system.rawWords.map((line) => [line, normalise(line).text]));
	for (const [i, line] of system.raw.entries()) formOf.set(line, system.normalised[i]);
	const texts = [...formOf.keys(), ...system.normalised, ...system.words];
	const lexical = await encodeAll(hash, [...texts, ...formOf.values()]);
	for (const form of FORMS) note("hash", form, precisionAt1(views[form], lexical));
	for (const [name, encoder] of models) {
		const learned = await encodeAll(encoder, texts);
		for (const form of FORMS) note(name, form, precisionAt1(views[form], learned));
		for (const weight of weights) {
			const join = (a, b) => Float32Array.from([...a.map((x) => x * weight), ...b], (x) => x / Math.hypot(weight, 1));
			const both = new Map(Array.from(learned, ([text, vector]) => [text, join(vector, lexical.get(text))]));
			for (const form of FORMS) note(`${name} x ${weight} + hash`, form, precisionAt1(views[form], both));
			const mixed = new Map(Array.from(formOf, ([line, form]) => [line, join(learned.get(line), lexical.get(form))]));
			for (const form of ["raw", "raw words"]) note(`${name} x ${weight} + hash, mixed`, form, precisionAt1(views[form], mixed));
		}
	}
}

const mean = (xs) => (xs === undefined ? "      " : (xs.reduce((a, b) => a + b, 0) / xs.length).toFixed(4));
process.stdout.write(`${"P@1, mean of".padEnd(32)} ${FORMS.map((f) => f.padStart(10)).join(" ")}   (${systems.length} systems)\n`);
for (const [name, row] of table) process.stdout.write(`${name.padEnd(32)} ${FORMS.map((f) => mean(row[f]).padStart(10)).join(" ")}\n`);
for (const [, encoder] of models) await encoder.close();
