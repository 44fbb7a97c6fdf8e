import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../testing/run-cli.ts";

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-eval-logs-"));
	const row = (i: number, anomalous: boolean): string =>
		JSON.stringify({ id: i, anomalous, lines: anomalous ? [`open ${i}`, "disk is gone"] : [`open ${i}`, `read ${i} rows`, `close ${i}`] });
	await writeFile(file("labelled"), Array.from({ length: 200 }, (_, i) => row(i, i === 180 || i === 190)).join("\n"));
	const plain = (i: number): string => JSON.stringify({ id: i, lines: [`open ${i}`, `read ${i} rows`, `close ${i}`] });
	await writeFile(file("healthy"), Array.from({ length: 60 }, (_, i) => plain(i)).join("\n"));
	await writeFile(file("odd"), JSON.stringify({ id: "odd", lines: ["open 1", "disk is gone"] }));
	await writeFile(file("quiet.yaml"), 'sources: { kubernetes: {} }\ndetectors: { disabled: ["rare event", order] }\n');
	await writeFile(file("typo.yaml"), "sources: { kubernetes: {} }\ndetectors: { disabled: [ordre] }\n");
	await writeFile(file("steady.log"), Array.from({ length: 1_000 }, (_, i) => ["begin 1", "work 2 ms", "end 3"][i % 3]).join("\n"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("faultline eval logs", () => {
	it("prints every detector, the ensemble and the ensemble without each", async () => {
		const { code, stdout } = await runCli(["eval", "logs", "--sessions", file("labelled")]);
		expect(code).toBe(0);
		expect(stdout).toContain("60 sessions, 2 anomalous; baseline of 140 healthy sessions");
		expect(stdout).toMatch(/^ensemble +1\.000 +1\.000 +1\.000 +1\.000 +1\.000 +0\.000 +1\.000$/m);
		for (const row of [
			"rare event",
			"counts",
			"order",
			"ensemble without counts",
			"density (no vote)",
			"ensemble with autoencoder",
			"by HDBSCAN",
		])
			expect(stdout).toContain(row);
	}, 120_000);

	it("gives the same as JSON, on a batch and on stretches of time", async () => {
		for (const how of [
			["--baseline-share", "0"],
			["--folds", "4"],
		]) {
			const { code, stdout } = await runCli(["eval", "logs", "--sessions", file("labelled"), "--json", ...how]);
			expect([code, JSON.parse(stdout).judged, JSON.parse(stdout).rows[0].name]).toEqual([0, 200, "ensemble"]);
		}
	}, 240_000);

	it("puts faults into a stream", async () => {
		const { code, stdout } = await runCli(["eval", "logs", "--inject", file("steady.log"), "--per-kind", "4", "--json"]);
		const kinds = JSON.parse(stdout).all.kinds as { kind: string; injected: number; detector: number }[];
		expect(code).toBe(0);
		expect(kinds.map(({ injected }) => injected)).toEqual([4, 4, 4, 4, 4]);
		for (const { detector } of kinds) expect(detector).toBeGreaterThan(0.7);
	});

	it("refuses numbers that make no sense and sessions without labels", async () => {
		expect(await runCli(["eval", "logs", "--baseline-share", "2"])).toMatchObject({
			code: 2,
			stderr: expect.stringContaining("--baseline-share"),
		});
		expect(await runCli(["eval", "logs", "--sessions", file("healthy")])).toMatchObject({
			code: 2,
			stderr: expect.stringContaining("line 1: anomalous"),
		});
	});
});

describe("detectors of logs detect", () => {
	const detect = (...more: string[]) => runCli(["logs", "detect", "--baseline", file("healthy"), "--input", file("odd"), ...more]);

	it("explain themselves where asked, and only there", async () => {
		const plain = JSON.parse((await detect()).stdout);
		expect(Object.keys(plain)).toEqual(["id", "score", "anomalous", "votes"]);
		const { details, ...same } = JSON.parse((await detect("--explain")).stdout);
		expect(same).toEqual(plain);
		expect(details.map((vote: { detector: string }) => vote.detector)).toEqual(["rare event", "counts", "order"]);
		expect(details[0]).toMatchObject({ raw: 1, evidence: 'new event: "disk is gone", never in the baseline' });
	});

	it("are chosen by the configuration; an unknown name is refused with those that there are", async () => {
		const { stdout } = await detect("--explain", "--config", file("quiet.yaml"));
		expect(JSON.parse(stdout).details.map((vote: { detector: string }) => vote.detector)).toEqual(["counts"]);
		const refused = await detect("--config", file("typo.yaml"));
		expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/no detector "ordre"[\s\S]*heartbeat/) });
	});
});
