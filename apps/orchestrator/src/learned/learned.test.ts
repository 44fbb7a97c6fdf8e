import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Analysis, IncidentReport } from "@faultline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderStore, type IncidentStore } from "../incidents/incident-store.ts";
import { learnInWorker } from "../jobs/learn-in-worker.ts";
import { madeUpIncident } from "../testing/confirmed-incidents.ts";
import { confirmIncident, createRelearning, forgetConfirmation } from "./confirm-incident.ts";
import { consultLearned } from "./consult.ts";
import { type HeldOut, lessonsOf, placeOf } from "./cross-validate.ts";
import { evaluateConfirmed } from "./evaluate-confirmed.ts";
import { blended, calibrate, figuresOf } from "./learn.ts";
import { readLearned, relearn } from "./learned-file.ts";
import { withAdvice } from "./with-advice.ts";

const made: string[] = [];
async function folder(): Promise<string> {
	const path = await mkdtemp(join(tmpdir(), "faultline-learned-"));
	made.push(path);
	return path;
}
afterAll(async () => {
	for (const path of made) await rm(path, { recursive: true, force: true });
});

async function confirmed(store: IncidentStore, count: number): Promise<void> {
	for (let k = 0; k < count; k++) {
		const { report, cause } = madeUpIncident(k);
		await store.saveReport(report);
		await confirmIncident(store, report.id, { cause }, 0);
	}
}

const analysisOf = (report: IncidentReport): Analysis =>
	({ ...report, causes: report.rootCauses.map((cause) => ({ ...cause, because: [] })) }) as unknown as Analysis;

describe("confirming", () => {
	it("keeps a person's word with the incident until it is taken back", async () => {
		const store = folderStore(await folder());
		await store.saveReport(madeUpIncident(1).report);
		expect((await store.report("inc-001")).confirmed).toBeUndefined();
		await confirmIncident(store, "latest", { cause: "orders" }, Date.parse("2026-06-20T08:00:00Z"));
		const word = { cause: "orders", at: "2026-06-20T08:00:00.000Z" };
		expect((await store.report("inc-001")).confirmed).toEqual(word);
		expect(await store.list()).toMatchObject([{ id: "inc-001", confirmed: word }]);
		await confirmIncident(store, "inc-001", { healthy: true }, 0);
		expect((await store.report("inc-001")).confirmed).toMatchObject({ cause: null });
		expect(lessonsOf(await store.confirmations.all())).toEqual([]);
		expect(await forgetConfirmation(store, "inc-001")).toBe("inc-001");
		expect((await store.list())[0]?.confirmed).toBeUndefined();
		await expect(forgetConfirmation(store, "inc-001")).rejects.toMatchObject({ code: "NOT_FOUND" });
	});

	it("names the resources where the cause is none of them, and keeps nothing", async () => {
		const store = folderStore(await folder());
		await store.saveReport(madeUpIncident(1).report);
		await expect(confirmIncident(store, "inc-001", { cause: "order" }, 0)).rejects.toMatchObject({
			code: "BAD_INPUT",
			hint: expect.stringMatching(/did you mean orders\?.*store, orders, web/),
		});
		await expect(confirmIncident(store, "../x", { healthy: true }, 0)).rejects.toMatchObject({ code: "BAD_INPUT" });
		await expect(confirmIncident(store, "inc-9", { healthy: true }, 0)).rejects.toMatchObject({ code: "NOT_FOUND" });
		expect(await store.confirmations.all()).toEqual([]);
	});

	it("takes the scores of the ranking that learned nothing, and what it cannot learn from as it is", async () => {
		const directory = await folder();
		const store = folderStore(directory);
		const { report } = madeUpIncident(0);
		const nodes = report.graph?.nodes.map((node) => ({ ...node, untrainedScore: node.resource === "web" ? 0.25 : 0.125 })) ?? [];
		await store.saveReport({ ...report, graph: { edges: [], ...report.graph, nodes } });
		const kept = await confirmIncident(store, report.id, { cause: "web" }, 0);
		expect(kept.graph?.nodes).toEqual(["orders", "store", "web"]);
		expect(kept.untrained).toEqual([0.125, 0.125, 0.25]);
		const { graph: _, ...old } = report;
		await store.saveReport({ ...old, id: "inc-old" });
		expect((await confirmIncident(store, "inc-old", { cause: "web" }, 0)).graph).toBeNull();
		await writeFile(join(directory, "confirmed", "damaged.json"), "{");
		expect((await store.confirmations.all()).map((one) => one.id)).toEqual(["inc-000", "inc-old"]);
	});
});

describe("what is learned", () => {
	let directory: string;
	beforeAll(async () => {
		directory = await folder();
		await confirmed(folderStore(directory), 20);
		await learnInWorker(directory);
	}, 120_000);

	it("is right on incidents that were left out, where the untrained ranking is wrong", async () => {
		const learned = await readLearned(directory);
		expect(learned?.figures).toMatchObject({ incidents: 20, untrained: { first: 0 }, usedOn: 20 });
		expect(learned?.figures.learned.first).toBeGreaterThan(0.9);
		expect(learned?.figures.used.first).toBeGreaterThan(0.9);
		expect(learned?.floor).toBeGreaterThan(0);
	});

	it("reorders an incident that is like the others, and says which and what it attended to", async () => {
		const { report, cause } = madeUpIncident(31);
		const analysis = analysisOf(report);
		const advice = await consultLearned(analysis, directory);
		expect(advice?.order?.[0]).toBe(cause);
		expect(advice?.note).toMatch(/used for the ranking \(20; the most like this one is inc-\d+, likeness \d\.\d\d\): orders before store/);
		const carried = advice?.carried ?? [];
		expect(carried.map((c) => c.resource).sort()).toEqual(["store", "web"]);
		const reordered = { ...analysis, causes: analysis.causes.toSorted((a) => (a.resource === cause ? -1 : 0)) };
		const told = withAdvice(reordered, advice as NonNullable<typeof advice>);
		expect(told.causes[0]?.reason).toMatch(/^\d+ % by 20 confirmed incidents, attention to /);
		expect(told.graph.edges.map((edge) => edge.attention)).toEqual([
			carried.find((c) => c.resource === "web")?.attention,
			carried.find((c) => c.resource === "store")?.attention,
		]);
		expect(told.notes.at(-1)).toBe(advice?.note);
	});

	it.each([
		["nothing in it is like the others", madeUpIncident(31, { unlike: true }).report, /none is like this one \(0\.00, needed/],
		["a change explains it", { ...madeUpIncident(31).report, change: {} as IncidentReport["change"] }, /a change explains the fault/],
		["it is one of those learned from", madeUpIncident(3).report, /this incident is one of them/],
		["there is no incident", { ...madeUpIncident(31).report, verdict: "no-incident" as const }, /nothing to rank/],
	])("leaves the ranking where %s, and says so", async (_, report, why) => {
		const advice = await consultLearned(analysisOf(report), directory);
		expect(advice?.order).toBeUndefined();
		expect(advice?.note).toMatch(why);
		expect(withAdvice(analysisOf(report), advice as NonNullable<typeof advice>).causes).toMatchObject(report.rootCauses);
	});

	it("is forgotten with the twentieth incident, and nothing is said where nothing was confirmed", async () => {
		const other = await folder();
		expect(await consultLearned(analysisOf(madeUpIncident(1).report), other)).toBeUndefined();
		const store = folderStore(other);
		await confirmed(store, 3);
		expect(await relearn(other, store.confirmations)).toBeUndefined();
		expect(await readdir(other)).not.toContain("learned.json");
		expect(await consultLearned(analysisOf(madeUpIncident(31).report), other)).toEqual({
			note: "Confirmed incidents: not used for the ranking; there are 3 with a cause of the 20 that are needed.",
		});
		await writeFile(join(other, "learned.json"), '{"schema": "faultline.learned/1"}');
		expect(await readLearned(other)).toBeUndefined();
	});

	it("is a note where it cannot be used", async () => {
		const other = await folder();
		const stored = JSON.parse(await readFile(join(directory, "learned.json"), "utf8"));
		stored.weights.shape.features++;
		await writeFile(join(other, "learned.json"), JSON.stringify(stored));
		const advice = await consultLearned(analysisOf(madeUpIncident(31).report), other);
		expect(advice?.order).toBeUndefined();
		expect(advice?.note).toMatch(/what was learned cannot be used/);
	});

	it("is evaluated with either ranker", async () => {
		const all = (await folderStore(directory).confirmations.all()).slice(0, 6);
		const found = await evaluateConfirmed(all, "trees");
		expect(found).toMatchObject({ ranker: "trees", figures: { incidents: 6, untrained: { first: 0, firstThree: 1 } } });
		expect(found.rows[0]).toMatchObject({ id: "inc-000", cause: "web", untrained: 2 });
		await expect(evaluateConfirmed(all.slice(0, 2), "trees")).rejects.toMatchObject({ code: "BAD_INPUT" });
	});
});

describe("calibrate", () => {
	const held = (untrained: number[], scores: number[], similarity: number): HeldOut => {
		const { report } = madeUpIncident(0);
		const incident = {
			id: report.id,
			cause: "a",
			changeBlamed: false,
			untrained,
			graph: null,
			at: "",
			schema: "faultline.confirmed/1" as const,
		};
		return {
			lesson: { incident, graph: { id: "", nodes: [], edges: [], alerts: [], root: "a" }, right: 0 },
			scores,
			similarity,
			like: undefined,
		};
	};
	const right = [5, 0, 0, 0];
	const wrong = [0, 5, 4, 3];

	it("uses nothing where what was learned names fewer causes than the untrained ranking", () => {
		const all = [held([0.9, 0.1, 0, 0], wrong, 0.9), held([0.9, 0.1, 0, 0], right, 0.9)];
		expect(calibrate(all).floor).toBeNull();
		expect(figuresOf(all, calibrate(all))).toMatchObject({
			usedOn: 0,
			used: { first: 1 },
			untrained: { first: 1 },
			learned: { first: 0.5 },
		});
	});

	it("is used only from the likeness on at which it does no harm", () => {
		const harmed = Array.from({ length: 3 }, () => held([0.6, 0.4, 0.1, 0.1], wrong, 0.5));
		const helped = Array.from({ length: 5 }, () => held([0.1, 0.6, 0.5, 0.4], right, 0.9));
		const all = [...harmed, ...helped, held([0.5, 0.1, 0.1, 0.1], right, 0.4)];
		const calibration = calibrate(all);
		const { used, untrained } = figuresOf(all, calibration);
		expect(used.first).toBeGreaterThanOrEqual(untrained.first);
		expect(calibration.floor).not.toBeNull();
	});

	it("weighs the learned ranking by the likeness", () => {
		const one = { scores: right, lesson: { incident: { untrained: [0.1, 0.9, 0.1, 0.1] } } };
		const at = (similarity: number) => placeOf(blended({ ...one, similarity }, { untrained: 1, learned: 1 }), 0);
		expect([at(0), at(1)]).toEqual([4, 1]);
	});
});

describe("createRelearning", () => {
	it("runs once more for all that came meanwhile, and tells of a failure", async () => {
		let runs = 0;
		const relearning = createRelearning(async () => {
			runs++;
			await new Promise((resolve) => setImmediate(resolve));
			if (runs === 2) throw new Error("disk");
		});
		for (let k = 0; k < 5; k++) relearning.request();
		expect(await relearning.settled()).toMatchObject({ code: "INTERNAL" });
		expect(runs).toBe(2);
	});
});
