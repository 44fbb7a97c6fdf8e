import { appendFile, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EvidenceSet, IncidentReport } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listModels } from "../models/list-models.ts";
import { modelFolders, shippedModels } from "../models/model-folders.ts";
import { DEFAULT_ENCODER, type EncoderChoice } from "../models/open-encoder.ts";
import { analyzeHere } from "./analyze-here.ts";
import { analyzeInWorker } from "./analyze-in-worker.ts";

const CAPTURE = new URL("../../../../test/incidents/captures/bad-deploy/", import.meta.url).pathname;
const FIXTURES = new URL("../../../../packages/logs/src/encoders/testing/fixtures/", import.meta.url).pathname;

let folder: string;
let evidence: EvidenceSet;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-analyze-"));
	evidence = await readCapture(CAPTURE);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const choiceOf = async (name: string, folders?: string[]): Promise<EncoderChoice> => {
	const dataDir = await mkdtemp(join(folder, "data-"));
	return { name, folders: folders ?? modelFolders(dataDir), keep: { dataDir } };
};
const causes = (report: IncidentReport) => report.rootCauses.map((c) => c.resource);
/** All but the time that it took. */
const repeated = ({ usage, ...report }: IncidentReport) => ({ ...report, usage: { ...usage, ms: 0 } });

describe("analyzeHere", () => {
	it("embeds by the default encoder, keeps its vectors, and says the same again", async () => {
		const encoder = await choiceOf("default");
		const lexical = await analyzeHere(evidence, { env: {} });
		const first = await analyzeHere(evidence, { env: {}, encoder });
		expect(first.notes.filter((n) => n.startsWith("Encoder"))).toEqual([]);
		expect(causes(first)[0]).toBe(causes(lexical)[0]);
		const again = await analyzeHere(evidence, { env: {}, encoder });
		expect(repeated(again)).toEqual(repeated(first));
		const { cache } = (await listModels(encoder)).models.find((m) => m.name === DEFAULT_ENCODER.learned) ?? {};
		expect(cache?.misses).toBeGreaterThan(0);
		expect(cache?.hits).toBeGreaterThanOrEqual(cache?.misses ?? 0);
	});

	it("in a thread, by a model of the user's", async () => {
		const encoder = await choiceOf(join(FIXTURES, "pooled"));
		const report = await analyzeInWorker(evidence, { env: {}, encoder }, new AbortController().signal);
		expect(report.verdict).toBe("incident");
		expect(repeated(await analyzeHere(evidence, { env: {}, encoder }))).toEqual(repeated(report));
	});

	it("does without a default that is missing or damaged, and says so; not without what was chosen", async () => {
		const models = await mkdtemp(join(folder, "models-"));
		const missing = await analyzeHere(evidence, { env: {}, encoder: await choiceOf("default", [models]) });
		expect(missing.notes.join()).toContain("Encoder: lexical; the default cannot be used");
		await cp(join(shippedModels() ?? "", DEFAULT_ENCODER.learned), join(models, DEFAULT_ENCODER.learned), { recursive: true });
		await appendFile(join(models, DEFAULT_ENCODER.learned, "model.onnx"), "!");
		const damaged = await analyzeHere(evidence, { env: {}, encoder: await choiceOf("default", [models]) });
		expect(damaged.notes.join()).toContain("is not the file that manifest.json names");
		expect(causes(damaged)).toEqual(causes(await analyzeHere(evidence, { env: {} })));
		const chosen = analyzeHere(evidence, { env: {}, encoder: await choiceOf(DEFAULT_ENCODER.learned, [models]) });
		await expect(chosen).rejects.toMatchObject({ code: "BAD_INPUT" });
		await expect(analyzeHere(EMPTY, { env: {}, encoder: await choiceOf("nope") })).rejects.toMatchObject({ code: "NOT_FOUND" });
	});
});

const EMPTY: EvidenceSet = {
	id: "empty",
	title: "nothing",
	window: { from: "2026-01-01T00:00:00Z", to: "2026-01-01T01:00:00Z" },
	signals: [],
	series: [],
	baselineSeries: [],
	topology: { nodes: [], edges: [] },
	coverage: [],
};
