import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeMadeUpCapture } from "../testing/made-up-capture.ts";
import { runCli, startCli } from "../testing/run-cli.ts";

let folder: string;
const file = (name: string): string => join(folder, name);

/** The root's memory rises; another candidate's traffic does. */
function graph(k: number, root?: string) {
	const nodes = ["web", "orders", "store"];
	const [culprit, other] = [nodes[k % 3], nodes[(k + 1) % 3]];
	const alerts = [
		{ kind: "metric", node: other, token: ["traffic", "up"] },
		{ kind: "metric", node: culprit, token: ["memory", "up"] },
		{ kind: "metric", node: nodes[(k + 2) % 3], token: ["traffic", "up"] },
	];
	return { id: `g${k}`, nodes, edges: [[0, 1]], alerts, ...(root === undefined ? {} : { root }) };
}
const ndjson = (rows: unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const CULPRITS = ["web", "orders", "store"];

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-eval-"));
	const labelled = Array.from({ length: 18 }, (_, k) => graph(k, CULPRITS[k % 3]));
	await writeFile(file("train.gz"), gzipSync(ndjson(labelled)));
	await writeFile(file("input"), ndjson([graph(20), graph(21)]));
	await mkdir(file("sets/shop"), { recursive: true });
	await writeMadeUpCapture(file("sets/shop/one"));
	await writeFile(file("sets/shop/one/truth.json"), JSON.stringify({ rootCauses: [{ service: "orders" }], noChange: true }));
	await writeFile(file("empty"), "");
	await writeFile(file("unlabelled"), ndjson([graph(1)]));
	await writeFile(file("stranger"), ndjson([graph(1, "nobody")]));
	await writeFile(file("astray"), ndjson([{ ...graph(1), edges: [[0, 9]] }]));
	await writeFile(file("broken.gz"), gzipSync(ndjson(labelled)).subarray(0, 60));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("faultline eval alert-graphs", () => {
	it("ranks each graph of the input, in order, and never reads its root", async () => {
		const { code, stdout, stderr } = await runCli(["eval", "alert-graphs", "--train", file("train.gz"), "--input", file("input")]);
		const rows = stdout
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line) as { id: string; ranking: { resource: string; score: number }[] });
		expect([code, stderr]).toEqual([0, "learned from 18 labelled graphs\n"]);
		expect(rows.map((r) => [r.id, r.ranking[0]?.resource, r.ranking.length])).toEqual([
			["g20", "store", 3],
			["g21", "web", 3],
		]);
		const misled = startCli(["--quiet", "eval", "alert-graphs", "--train", file("train.gz"), "--input", "-"], { keepInput: true });
		misled.child.stdin?.end(ndjson([graph(20, "web"), { ...graph(21), root: 7 }]));
		expect(await misled.ran).toEqual({ code: 0, stdout, stderr: "" });
	});

	it.each([
		["empty", "input", "there is no labelled graph to learn from"],
		["unlabelled", "input", "unlabelled, line 1: root"],
		["stranger", "input", "stranger, line 1: root: it is none of the nodes"],
		["train.gz", "astray", "astray, line 1: edges: an edge ends at a node that is not there"],
		["broken.gz", "input", "broken.gz: it cannot be unpacked"],
		["train.gz", "missing", "there is no such file"],
	])("says what is wrong with --train %s --input %s", async (train, input, message) => {
		const ran = await runCli(["eval", "alert-graphs", "--train", file(train), "--input", file(input)]);
		expect(ran).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
	});

	it("shows how to call it", async () => {
		const { code, stdout } = await runCli(["eval", "alert-graphs", "--help"]);
		expect([code, stdout]).toEqual([0, expect.stringContaining("--train labelled.ndjson.gz --input incidents.ndjson")]);
	});
});

describe("faultline eval incidents", () => {
	it("prints a table per set", async () => {
		const { code, stdout, stderr } = await runCli(["eval", "incidents", "--captures", file("sets")]);
		expect([code, stderr]).toEqual([0, ""]);
		expect(stdout).toMatch(/^shop: 1 captures, 0 errors, p50 \d+\.\d\d s, p95 \d+\.\d\d s\n/);
		expect(stdout).toMatch(/\n {2}all evidence +1\.000 +1\.000 +1\.000 +1\.000 +1\.000 +1\.000 +1\.000 +1\n/);
		for (const name of ["without logs", "without metrics", "without the graph"])
			expect(stdout).toMatch(new RegExp(`${name} .* 1 affected`));
	});

	it("prints JSON, of all evidence alone where it is asked to", async () => {
		const { code, stdout } = await runCli(["eval", "incidents", "--captures", file("sets/shop/one"), "--no-ablations", "--json"]);
		expect(code).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({
			schema: "faultline.evaluation/1",
			sets: [
				{
					set: "one",
					captures: 1,
					errors: 0,
					figures: { ac1: 1, verdict: 1, change: 1, decoy: null },
					rows: [{ id: "one" }],
					ablations: [],
				},
			],
		});
	});

	it("fits the weights of the evidence, and cuts what was healthy", async () => {
		const fit = await runCli(["eval", "incidents", "--captures", file("sets"), "--fit"]);
		expect([fit.code, fit.stdout]).toEqual([
			0,
			expect.stringMatching(/^fitted on all sets: path [\d.]+, .*\n.*fitted on the other sets\nshop +1 +1\.000/),
		]);
		const healthy = await runCli(["eval", "incidents", "--captures", file("sets"), "--healthy", "5", "--json"]);
		expect([healthy.code, Array.isArray(JSON.parse(healthy.stdout))]).toEqual([0, true]);
		const wrong = await runCli(["eval", "incidents", "--captures", file("sets"), "--healthy", "soon"]);
		expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("a number of minutes") });
	});

	it("says so where there is nothing to score, or no capture could be analysed", async () => {
		const none = await runCli(["eval", "incidents", "--captures", file("sets"), "--set", "nothing"]);
		expect(none).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("has no set nothing") });
		await mkdir(file("broken/one"), { recursive: true });
		await writeFile(file("broken/one/capture.json"), "{");
		await writeFile(file("broken/one/truth.json"), "{}");
		const failed = await runCli(["eval", "incidents", "--captures", file("broken")]);
		expect(failed).toMatchObject({ code: 3, stdout: expect.stringContaining("error in one: BAD_INPUT") });
	});
});
