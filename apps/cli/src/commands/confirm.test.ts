import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderStore } from "@faultline/orchestrator/incidents/incident-store";
import { madeUpIncident } from "@faultline/orchestrator/testing/confirmed-incidents";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeMadeUpCapture } from "../testing/made-up-capture.ts";
import { runCli } from "../testing/run-cli.ts";

let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-confirm-"));
	env = { FAULTLINE_DATA_DIR: join(folder, "data") };
	await writeMadeUpCapture(join(folder, "capture"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("faultline confirm", () => {
	it("keeps what a person says of an incident that analyze kept, and takes it back", async () => {
		const analysed = await runCli(["analyze", "--capture", join(folder, "capture"), "--encoder", "hash", "--keep", "--format", "json"], {
			env,
		});
		expect(analysed).toMatchObject({ code: 1 });
		expect(JSON.parse(analysed.stdout).graph.observations.length).toBeGreaterThan(0);
		const said = await runCli(["confirm", "made-up-shop", "--cause", "orders"], { env });
		expect(said).toMatchObject({
			code: 0,
			stdout: "made-up-shop: the cause is orders\n1 of 20 incidents with a cause, before reports learn from them\n",
		});
		const again = await runCli(["analyze", "--capture", join(folder, "capture"), "--encoder", "hash", "--format", "json"], { env });
		expect(JSON.parse(again.stdout).notes).toContain(
			"Confirmed incidents: not used for the ranking; there are 1 with a cause of the 20 that are needed.",
		);
		const exported = await runCli(["eval", "confirmed", "--export", join(folder, "graphs")], { env });
		expect(exported.code).toBe(0);
		expect(JSON.parse(await readFile(join(folder, "graphs"), "utf8"))).toMatchObject({ id: "made-up-shop", root: "orders" });
		const healthy = await runCli(["confirm", "latest", "--healthy", "--no-learn"], { env });
		expect(healthy).toMatchObject({ code: 0, stdout: "made-up-shop: no incident\n" });
		expect(await runCli(["confirm", "latest", "--forget"], { env })).toMatchObject({
			code: 0,
			stdout: expect.stringContaining("made-up-shop: forgotten\n0 of 20"),
		});
	});

	it.each([
		[["confirm", "made-up-shop", "--cause", "order"], /is no resource of made-up-shop\nTry: did you mean orders\? The resources: .*web/],
		[["confirm", "made-up-shop"], /say one of --cause <resource>, --healthy and --forget/],
		[["confirm", "made-up-shop", "--cause", "orders", "--healthy"], /say one of/],
		[["confirm", "inc-none", "--healthy"], /NOT_FOUND/],
		[["confirm", "made-up-shop", "--forget"], /nothing was confirmed/],
		[["eval", "confirmed"], /it takes 5 to leave each out in turn/],
	])("%j is refused with what to do", async (args, message) => {
		const { code, stdout, stderr } = await runCli(args, { env });
		expect(stderr).toMatch(message);
		expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
	});
});

describe("faultline eval confirmed", () => {
	it("tells how the learned ranking does on the confirmed incidents", async () => {
		const store = folderStore(join(folder, "twenty"));
		for (let k = 0; k < 20; k++) {
			const { report, cause } = madeUpIncident(k);
			await store.saveReport(report);
			if (k < 19) await store.confirmations.confirm(report, cause, 0);
		}
		const own = { FAULTLINE_DATA_DIR: join(folder, "twenty") };
		const { cause } = madeUpIncident(19);
		expect((await runCli(["confirm", "inc-019", "--cause", cause], { env: own })).stdout).toMatch(
			/learned from 20 incidents, each left out in turn; cause first: 0 % without learning, \d+ % learned, \d+ % as reports use it\n/,
		);
		const { stdout } = await runCli(["eval", "confirmed"], { env: own });
		expect(stdout).toMatch(/20 confirmed incidents, each left out in turn \(attention\)/);
		expect(stdout).toMatch(/without learning +0\.000 +1\.000\n/);
		const { figures } = JSON.parse((await runCli(["eval", "confirmed", "--ranker", "trees", "--format", "json"], { env: own })).stdout);
		expect(figures).toMatchObject({ incidents: 20, untrained: { first: 0 } });
	});
});
