import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EvidenceSet, Signal } from "@faultline/contracts";
import { writeCapture } from "@faultline/contracts/capture";
import { METHODS, type Method } from "@faultline/correlation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ablationsOf } from "./ablations.ts";
import { evaluateIncidents } from "./evaluate-incidents.ts";
import { findCaptures } from "./find-captures.ts";
import type { Judged } from "./score-report.ts";

const at = (minute: number): string => new Date(Date.UTC(2026, 5, 19, 9, minute)).toISOString();

function signal(over: Partial<Signal> & Pick<Signal, "id" | "kind">): Signal {
	return {
		source: "capture",
		time: at(5),
		severity: 17,
		resource: "pay",
		service: "pay",
		body: "x",
		attributes: {},
		count: 1,
		redactions: 0,
		...over,
	};
}

const EVIDENCE: EvidenceSet = {
	id: "told-by-its-name",
	title: "made up",
	window: { from: at(0), to: at(10) },
	alertTime: at(6),
	signals: [
		signal({ id: "l1", kind: "log" }),
		signal({ id: "a1", kind: "alert", time: at(6), alert: { name: "slow", summary: "slow" } }),
		signal({ id: "s1", kind: "span", time: at(7), spanId: "2", span: { name: "call", durationMs: 3, parentId: "1" } }),
	],
	series: [],
	baselineSeries: [],
	topology: { nodes: [{ id: "pay" }], edges: [] },
	coverage: [],
};

/** Blames pay where there are logs, fails where there is no graph, and else says nothing. */
async function analyze(evidence: EvidenceSet, without?: ReadonlySet<Method>): Promise<Judged> {
	if (evidence.id !== "capture") throw new Error("the folder's name was shown");
	if (evidence.topology.nodes.length === 0) throw new Error("no graph");
	const knows = evidence.signals.some((s) => s.kind === "log") && !without?.has("log templates");
	const rootCauses = knows ? [{ resource: "pay", score: 1, signals: [], reason: "" }] : [];
	return { verdict: "incident", confidence: "likely", category: "unknown", rootCauses, change: null };
}

let folder: string;
const put = async (path: string, truth: unknown, evidence = EVIDENCE): Promise<void> => {
	await mkdir(join(folder, path, ".."), { recursive: true });
	await writeCapture(join(folder, path), evidence);
	if (truth !== undefined) await writeFile(join(folder, path, "truth.json"), typeof truth === "string" ? truth : JSON.stringify(truth));
};

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-evaluate-"));
	await put("good/shop/one", { rootCauses: [{ service: "pay" }] });
	await put("good/shop/two", { rootCauses: [{ service: "web" }] });
	await put("good/shop/untold", undefined);
	await put("good/bank/cut", { rootCauses: [{ service: "pay" }] });
	await writeFile(join(folder, "good/bank/cut/capture.json"), "{");
	await put("bad/set/one", '{"rootCauses": "pay"}');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const options = { analyze, ablations: true, now: () => 0 };

describe("evaluateIncidents", () => {
	it("marks each set, with errors as misses and what each evidence is worth", async () => {
		const { sets } = await evaluateIncidents(await findCaptures(join(folder, "good")), options);
		expect(sets.map((s) => [s.set, s.captures, s.errors, s.figures.ac1])).toEqual([
			["bank", 1, 1, 0],
			["shop", 2, 0, 0.5],
		]);
		expect(sets[0]?.rows[0]?.error).toContain("not JSON");
		const [ofEvidence, ofMethods] = [sets[1]?.ablations.slice(0, 6), sets[1]?.ablations.slice(6)];
		expect(ofMethods?.map((a) => [a.name, a.figures.ac1])).toEqual(
			METHODS.map((method) => [`without method: ${method}`, method === "log templates" ? 0 : 0.5]),
		);
		expect(ofEvidence?.map((a) => [a.name, a.affected, a.figures.ac1, a.figures.verdict])).toEqual([
			["without logs", 2, 0, 1],
			["without alerts", 2, 0.5, 1],
			["without spans", 2, 0.5, 1],
			["without the graph", 2, 0, 0],
			["alert 60 s earlier", 2, 0.5, 1],
			["alert 60 s later", 2, 0.5, 1],
		]);
	});

	it("takes one set, one capture, or all evidence alone", async () => {
		expect((await findCaptures(join(folder, "good"), ["bank"])).map((c) => c.id)).toEqual(["cut"]);
		const one = await findCaptures(join(folder, "good/shop/one"));
		expect(await evaluateIncidents(one, { ...options, ablations: false })).toMatchObject({
			sets: [{ captures: 1, figures: { ac1: 1, mrr: 1 }, ablations: [] }],
		});
	});

	it("says what is wrong with a folder or a truth", async () => {
		await expect(findCaptures(join(folder, "nowhere"))).rejects.toMatchObject({ code: "BAD_INPUT", message: /there is no folder/ });
		await expect(findCaptures(join(folder, "good/shop/untold"))).rejects.toThrow("holds no capture with a truth.json");
		await expect(findCaptures(join(folder, "good"), ["shops"])).rejects.toMatchObject({ hint: "it has bank, shop" });
		await expect(evaluateIncidents(await findCaptures(join(folder, "bad")), options)).rejects.toThrow(/truth\.json: rootCauses/);
	});
});

describe("ablationsOf", () => {
	const ablate = (name: string, evidence = EVIDENCE, sources = ["a", "b"]) =>
		ablationsOf(sources)
			.find((a) => a.name === name)
			?.apply(evidence) as EvidenceSet;

	it("shifts the alert and nothing else, and keeps the order of time", () => {
		const later = ablate("alert 60 s later");
		expect([later.alertTime, later.signals.map((s) => [s.id, s.time])]).toEqual([
			at(7),
			[
				["l1", at(5)],
				["a1", at(7)],
				["s1", at(7)],
			],
		]);
	});

	it("takes the graph away with the spans' parents, and leaves what it was given as it is", () => {
		const without = ablate("without the graph");
		expect([without.topology.nodes, without.signals[2]?.span]).toEqual([[], { name: "call", durationMs: 3 }]);
		expect(EVIDENCE.signals[2]?.span?.parentId).toBe("1");
	});

	it("takes a source away where there are two, and is the same object where there is nothing to take", () => {
		const two = { ...EVIDENCE, signals: [signal({ id: "1", kind: "log", source: "a" }), signal({ id: "2", kind: "log", source: "b" })] };
		expect(ablate("without source a", two).signals.map((s) => s.id)).toEqual(["2"]);
		expect(ablationsOf(["a"]).map((a) => a.name)).not.toContain("without source a");
		expect(ablate("without metrics")).toBe(EVIDENCE);
		expect(ablate("without changes")).toBe(EVIDENCE);
	});
});
